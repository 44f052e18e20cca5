package com.busdk.workers.run;

import com.busdk.client.worker.WorkerStatus;
import java.util.List;

/** Writes how workers fare in the Prometheus text format. Stateless. */
final class Metrics {
    private Metrics() {}

    /** The sums over all workers of a process. */
    static String of(String worker, List<WorkerStatus> statuses, boolean ready) {
        StringBuilder out = new StringBuilder();
        gauge(out, worker, "bus_worker_ready", "1 if every part of the worker is connected.", ready ? 1 : 0);
        gauge(
                out,
                worker,
                "bus_worker_in_hand",
                "Requests that are being worked on.",
                statuses.stream().mapToLong(WorkerStatus::inHand).sum());
        counter(
                out,
                worker,
                "bus_worker_answered_total",
                "Requests that were answered, with or without an error.",
                statuses.stream().mapToLong(WorkerStatus::answered).sum());
        counter(
                out,
                worker,
                "bus_worker_failed_total",
                "Requests that were answered with an error.",
                statuses.stream().mapToLong(WorkerStatus::failed).sum());
        counter(
                out,
                worker,
                "bus_worker_redelivered_total",
                "Requests that came again while they were worked on or after they were answered.",
                statuses.stream().mapToLong(WorkerStatus::redelivered).sum());
        return out.toString();
    }

    private static void gauge(StringBuilder out, String worker, String name, String help, long value) {
        metric(out, worker, name, "gauge", help, value);
    }

    private static void counter(StringBuilder out, String worker, String name, String help, long value) {
        metric(out, worker, name, "counter", help, value);
    }

    private static void metric(StringBuilder out, String worker, String name, String type, String help, long value) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        out.append(name)
                .append("{worker=\"")
                .append(worker)
                .append("\"} ")
                .append(value)
                .append('\n');
    }
}
