# SPDX-License-Identifier: MIT
"""The stores compared with one another and with a model: random programs from a seed are run by
tests/differ on each store and by model.py, and every answer is compared.

    make differential SEEDS=1000
"""
