/* SPDX-License-Identifier: MIT */
/* All of the contract, for cmocka_run_group_tests(). */
#ifndef STORE_CONTRACT_LIST_H
#define STORE_CONTRACT_LIST_H

#include "store_contract_changes.h"
#include "store_contract_deleted.h"
#include "store_contract_estimate.h"
#include "store_contract_find.h"
#include "store_contract_keyset.h"
#include "store_contract_plain.h"
#include "store_contract_texts.h"
#include "store_contract_words.h"
#include "store_contract_write.h"

#define contract_test(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)
#define feed_test(name) cmocka_unit_test_setup_teardown(name, open_feed, close_place)

static const struct CMUnitTest contract_tests[] = {
    contract_test(test_an_inserted_document_is_read_back_as_it_was),
    contract_test(test_a_missing_document_is_named_by_its_collection),
    contract_test(test_a_taken_id_conflicts),
    contract_test(test_an_object_id_is_made_and_stands_first),
    contract_test(test_ids_must_be_of_the_declared_type),
    contract_test(test_required_fields_are_asked_for_by_name),
    contract_test(test_keys_that_start_with_a_dollar_are_refused),
    contract_test(test_unique_fields_hold_documents_apart),
    contract_test(test_null_and_missing_never_clash),
    contract_test(test_unique_values_of_odd_types_clash_too),
    contract_test(test_replacing_keeps_id_and_creation_and_makes_a_new_etag),
    contract_test(test_a_stale_etag_changes_nothing),
    contract_test(test_the_id_cannot_be_changed),
    contract_test(test_replacing_what_is_not_there_needs_upsert),
    contract_test(test_adding_to_a_missing_document_starts_at_zero),
    contract_test(test_an_upsert_by_a_unique_field_sets_it),
    contract_test(test_adding_to_a_text_is_refused),
    contract_test(test_deleting_removes_one_and_then_finds_none),
    contract_test(test_deleting_by_a_filter_deletes_just_those),
    contract_test(test_a_plain_document_is_changed_where_it_stands),
    contract_test(test_an_etag_guards_plain_documents_too),
    contract_test(test_a_refused_change_of_a_plain_document_is_none),
    contract_test(test_a_plain_document_is_made_where_it_is_missing),
    contract_test(test_plain_documents_are_deleted_once),
    contract_test(test_plain_documents_have_ids_of_every_type),
    contract_test(test_a_work_that_fails_changes_nothing),
    contract_test(test_a_part_that_fails_is_undone_alone),
    contract_test(test_a_work_reads_what_it_changed),
    contract_test(test_changes_outside_of_works_are_refused),
    contract_test(test_the_version_grows_with_each_change_of_the_collection),
    contract_test(test_expired_documents_are_invisible_at_once),
    contract_test(test_a_store_answers_pings),
    contract_test(test_random_filters_find_what_they_mean),
    contract_test(test_random_filters_find_what_they_mean_where_all_is_as_declared),
    contract_test(test_random_orders_sort_as_they_mean),
    contract_test(test_texts_are_found_in_texts_byte_by_byte),
    contract_test(test_pages_follow_one_another),
    contract_test(test_many_ids_are_found_at_once),
    contract_test(test_creation_can_be_asked_for_and_sorted_by),
    contract_test(test_each_visits_all_in_the_order_of_ids),
    contract_test(test_all_words_must_be_there),
    contract_test(test_queries_are_never_a_language),
    contract_test(test_the_best_match_comes_first),
    contract_test(test_words_follow_changes),
    contract_test(test_words_go_with_a_filter_and_an_order),
    contract_test(test_searching_what_has_no_words_is_refused),
    contract_test(test_a_text_is_read_in_place_of_a_document),
    contract_test(test_a_text_follows_changes),
    contract_test(test_lists_are_read_as_texts),
    contract_test(test_texts_may_be_long_or_empty),
    contract_test(test_where_no_texts_are_kept_documents_are_given),
    contract_test(test_a_change_tells_what_it_made_as_text_too),
    contract_test(test_a_deleted_document_is_found_by_its_id_alone),
    contract_test(test_lists_and_totals_leave_deleted_documents_out),
    contract_test(test_deleted_documents_are_listed_for_who_asks),
    contract_test(test_only_what_is_true_counts_as_deleted),
    contract_test(test_values_of_deleted_documents_are_free),
    contract_test(test_odd_values_of_deleted_documents_are_free_too),
    contract_test(test_searches_leave_deleted_documents_out),
    contract_test(test_each_visits_no_deleted_documents),
    contract_test(test_deleting_by_a_filter_takes_deleted_documents_too),
    contract_test(test_a_work_counts_what_it_deleted),
    contract_test(test_totals_are_right_after_random_changes),
    contract_test(test_pages_behind_keys_leave_deleted_documents_out),
    contract_test(test_pages_behind_keys_are_the_whole_list),
    contract_test(test_pages_behind_keys_of_odd_types_are_the_whole_list),
    contract_test(test_pages_go_on_behind_lists_and_objects),
    contract_test(test_pages_behind_keys_work_for_ids_of_every_type),
    contract_test(test_what_comes_before_a_page_does_not_move_it),
    contract_test(test_expired_documents_are_on_no_page),
    contract_test(test_words_are_paged_in_another_order_than_by_rank),
    contract_test(test_deleted_documents_are_on_pages_for_who_asks),
    contract_test(test_pages_of_texts_follow_one_another_too),
    contract_test(test_what_has_no_pages_behind_keys_is_refused),
    contract_test(test_a_place_of_another_query_is_refused),
    contract_test(test_what_is_no_place_is_refused),
    contract_test(test_a_key_that_is_too_long_to_go_on_behind_is_refused),
    contract_test(test_small_collections_are_estimated_exactly),
    contract_test(test_estimates_leave_deleted_documents_out),
    contract_test(test_large_collections_are_estimated_by_a_sample),
    feed_test(test_the_cursor_of_now_is_followed_by_nothing),
    feed_test(test_every_way_to_change_a_document_is_told),
    feed_test(test_plain_documents_and_ids_of_every_type_are_told_of),
    feed_test(test_an_expired_document_is_told_as_deleted),
    feed_test(test_what_was_undone_is_never_told),
    feed_test(test_pages_of_changes_follow_one_another),
    feed_test(test_what_is_not_followed_is_passed_over),
    feed_test(test_what_is_no_cursor_is_refused),
    feed_test(test_a_cursor_of_another_store_is_gone),
};

#endif
