package com.busdk.workers.usage;

import java.util.Set;

/** Names of the events, and the words in them (contract of usage and billing). Stateless. */
final class UsageEvents {
    static final String RECORD = "bus.usage.record.request";
    static final String LIST = "bus.usage.list.request";
    static final String DELETE = "bus.usage.delete.request";

    /** Tells the billing worker of something that is billed. */
    static final String EXPORT = "bus.billing.usage.export.request";

    /** What may have happened. */
    static final Set<String> TYPES = Set.of(
            "request_started",
            "runtime_ready",
            "backend_request_started",
            "backend_request_finished",
            "usage_recorded",
            "usage_missing",
            "request_failed",
            "client_aborted",
            "container_run_requested",
            "container_run_finished",
            "container_run_failed",
            "runtime_start_requested",
            "runtime_start_finished",
            "runtime_start_failed",
            "runtime_stop_requested",
            "runtime_stop_finished",
            "runtime_stop_failed");

    private UsageEvents() {}
}
