"""The public types of what records have of ICMPv6 messages alone, written by hand: see
record_types.py."""

TEXT, WHOLE, TRUTH = str, int, bool

ND_OPTION = {
    "option": TEXT, "type": WHOLE, "length": WHOLE, "incomplete": TRUTH, "data": TEXT,
    "link_address": TEXT, "option_code": WHOLE, "status_code": WHOLE, "ip": TEXT, "name": TEXT,
    "prefix": TEXT, "prefix_length": WHOLE, "on_link": TRUTH, "autonomous": TRUTH,
    "router_address": TRUTH, "delegation_preferred": TRUTH, "valid_lifetime_s": WHOLE,
    "preferred_lifetime_s": WHOLE, "lifetime_s": WHOLE, "lifetime_min": WHOLE,
    "quoted_bytes": WHOLE, "mtu": WHOLE, "shortcut_limit_hops": WHOLE, "interval_ms": WHOLE,
    "home_agent_preference": WHOLE, "mobile_router": TRUTH, "addresses": [TEXT],
    "address_count": WHOLE, "names": [TEXT], "name_count": WHOLE, "modifier": TEXT,
    "collisions": WHOLE, "key_length": WHOLE, "pad_length": WHOLE, "key_hash": TEXT,
    "signature_length": WHOLE, "time_s": WHOLE, "time_fraction_us": WHOLE, "nonce": TEXT,
    "name_type": WHOLE, "name_length": WHOLE, "certificate_type": WHOLE,
    "certificate_length": WHOLE, "http": TRUTH, "legacy": TRUTH, "router_advertisement": TRUTH,
    "delay": WHOLE, "sequence": WHOLE, "distance_hops": WHOLE, "map_preference": WHOLE,
    "regional": TRUTH, "preference": TEXT, "flags": TEXT, "algorithm": WHOLE, "opaque": WHOLE,
    "address_kind": WHOLE, "registrar": TRUTH, "transaction": TRUTH, "crypto": TRUTH,
    "tid": WHOLE, "rovr": TEXT, "context_id": WHOLE, "compression": TRUTH, "version": WHOLE,
    "capabilities": TEXT, "uri": TEXT, "length_code": WHOLE, "crypto_type": WHOLE,
    "crypto_modifier": WHOLE, "registration_length": WHOLE, "priority": WHOLE,
    "parameters_length": WHOLE,
}
RPL_OPTION = {
    "authenticated": TRUTH, "path_control_size": WHOLE, "interval_doublings": WHOLE,
    "interval_min_log2_ms": WHOLE, "redundancy": WHOLE, "max_rank_increase": WHOLE,
    "min_hop_rank_increase": WHOLE, "objective": WHOLE, "default_lifetime": WHOLE,
    "lifetime_unit_s": WHOLE, "external": TRUTH, "path_control": WHOLE, "path_sequence": WHOLE,
    "path_lifetime": WHOLE, "parent": TEXT, "instance": WHOLE, "by_version": TRUTH,
    "by_instance": TRUTH, "by_dodag": TRUTH, "dodag_id": TEXT, "descriptor": WHOLE,
}
GROUP = {"record": TEXT, "type": WHOLE, "group": TEXT, "source_count": WHOLE, "sources": [TEXT]}
SEED = {"seed": TEXT, "first_sequence": WHOLE, "bitmap": TEXT}
ICMP_V6 = {
    "hop_limit": WHOLE, "managed": TRUTH, "other_config": TRUTH, "home_agent": TRUTH,
    "preference": TEXT, "proxy": TRUTH, "snac_router": TRUTH, "lifetime_s": WHOLE,
    "reachable_ms": WHOLE, "retrans_ms": WHOLE, "router": TRUTH, "solicited": TRUTH,
    "override": TRUTH, "mld_version": WHOLE, "group": TEXT, "max_response_ms": WHOLE,
    "suppress": TRUTH, "robustness": WHOLE, "query_interval_s": WHOLE, "source_count": WHOLE,
    "sources": [TEXT], "advertisement_interval_s": WHOLE, "group_count": WHOLE, "groups": [GROUP],
    "seed_count": WHOLE, "seeds": [SEED], "sequence": WHOLE, "segment": WHOLE, "test": TRUTH,
    "result_requested": TRUTH, "all_interfaces": TRUTH, "site_specific": TRUTH,
    "processed": TRUTH, "max_delay_ms": WHOLE, "operation": WHOLE, "match_prefix": TEXT,
    "match_prefix_length": WHOLE, "qtype": WHOLE, "node_info_flags": WHOLE, "nonce": TEXT,
    "subject": TEXT, "ttl_s": WHOLE, "name_count": WHOLE, "names": [TEXT],
    "address_count": WHOLE, "addresses": [TEXT], "identifier": WHOLE, "mobile_router": TRUTH,
    "managed_prefix": TRUTH, "other_config_prefix": TRUTH, "components": WHOLE,
    "component": WHOLE, "subtype": WHOLE, "rpl_instance": WHOLE, "rpl_version": WHOLE,
    "rank": WHOLE, "grounded": TRUTH, "mode_of_operation": TEXT, "mode_number": WHOLE,
    "dodag_preference": WHOLE, "dtsn": WHOLE, "dodag_id": TEXT, "dao_sequence": WHOLE,
    "ack_requested": TRUTH, "rpl_status": WHOLE, "check_response": TRUTH, "check_nonce": WHOLE,
    "destination_counter": WHOLE, "rpl_algorithm": WHOLE, "rpl_key_mode": WHOLE,
    "rpl_security_level": WHOLE, "rpl_counter": WHOLE, "rpl_counter_is_time": TRUTH,
    "rpl_encrypted": TRUTH, "rpl_key": TEXT, "locator_count": WHOLE, "locator_operation": WHOLE,
    "registration_status": WHOLE, "tid": WHOLE, "lifetime_min": WHOLE, "rovr": TEXT,
    "registered_ip": TEXT, "option_count": WHOLE, "options": [dict(ND_OPTION, **RPL_OPTION)],
    "list_fault": TEXT,
}
