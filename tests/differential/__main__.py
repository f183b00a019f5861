# SPDX-License-Identifier: MIT
"""python3 -m differential [--seeds N] [--from SEED] [--operations N] [--processes N]: programs from so
many seeds, on SQLite and on the MongoDB server that MONGO_TEST_URI names (where it does)."""
import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from . import campaign

TOLD = 100  # programs between two lines of how far it is


def arguments():
    parser = argparse.ArgumentParser(prog="differential", description="Compares the stores.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--operations", type=int, default=250, help="about so many in a program")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--failures", type=int, default=3, help="end after so many")
    parser.add_argument("--shorten", type=int, default=120, help="seconds to make a failure short")
    parser.add_argument("--sqlite-only", action="store_true")
    return parser.parse_args()


def main():
    asked = arguments()
    uri = None if asked.sqlite_only else os.environ.get("MONGO_TEST_URI")
    begun, total = time.monotonic(), campaign.Result()
    with ProcessPoolExecutor(asked.processes, initializer=campaign.begin, initargs=(uri,)) as pool:
        jobs = [pool.submit(campaign.one, seed, asked.operations, asked.shorten)
                for seed in range(asked.first, asked.first + asked.seeds)]
        for job in jobs:
            result = job.result()
            total.add(result)
            if total.programs % TOLD == 0:
                print("differential: %d programs, %d operations, %d failed" %
                      (total.programs, total.operations, len(total.failures)), file=sys.stderr, flush=True)
            for failure in result.failures:
                print(failure, flush=True)
            if len(total.failures) >= asked.failures:
                pool.shutdown(cancel_futures=True)
                break
    print("differential: %s, %d s" % (total, time.monotonic() - begun))
    return 1 if total.failures else 0


sys.exit(main())
