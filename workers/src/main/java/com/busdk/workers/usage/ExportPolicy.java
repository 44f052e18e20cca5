package com.busdk.workers.usage;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which records are billed, and how much each of them is. Immutable.
 *
 * @param rules any number; none exports nothing
 */
record ExportPolicy(List<Rule> rules) {
    /** Largest quantity: a thousand of them still fit into a sum of 64 bits, and nobody uses as much at once. */
    static final long MAX_QUANTITY = 1_000_000_000_000_000L;

    /** Nothing is billed. */
    static final ExportPolicy NONE = new ExportPolicy(List.of());

    /** What is billed unless told otherwise (contract of the usage worker). */
    static final ExportPolicy DEFAULT = new ExportPolicy(List.of(
            new Rule("usage_recorded", "total_tokens", 1, "llm:proxy", "bus_llm_tokens"),
            // From milliseconds to seconds.
            new Rule(
                    "container_run_finished", "duration_ms", 1_000, "container:run", "bus_container_runtime_seconds")));

    private static final Logger LOG = LoggerFactory.getLogger(ExportPolicy.class);

    private static final String FAILED = "_failed";

    /** Keeps a copy. */
    ExportPolicy {
        rules = List.copyOf(rules);
    }

    /**
     * How records of a type are billed.
     *
     * @param type of the record
     * @param field of its data, a number
     * @param divideBy what the number is divided by, at least 1; the result is rounded up
     * @param feature what was used, such as {@code container:run}
     * @param meter how it is counted
     */
    record Rule(String type, String field, long divideBy, String feature, String meter) {
        /** Refuses what could never be billed. */
        Rule {
            if (!UsageEvents.TYPES.contains(type)) {
                throw new IllegalArgumentException("there is no such event_type");
            }
            if (divideBy < 1 || divideBy > MAX_QUANTITY) {
                throw new IllegalArgumentException("divide_by is a whole number from 1 to " + MAX_QUANTITY);
            }
        }
    }

    /**
     * What is billed for a record: nothing where nobody is known who could be, where nothing was used, or where the record
     * does not say how much, which is logged unless it is one of a failure.
     */
    List<UsageExport> exports(UsageRecord record) {
        List<UsageExport> exports = new ArrayList<>();
        for (Rule rule : rules) {
            if (rule.type().equals(record.type()) && record.account().isPresent()) {
                long quantity = quantity(record, rule);
                if (quantity > 0) {
                    exports.add(UsageExport.of(record, record.account().get(), rule, quantity));
                }
            }
        }
        return exports;
    }

    private static long quantity(UsageRecord record, Rule rule) {
        JsonNode value = record.data().path(rule.field());
        if (value.isMissingNode() && record.type().endsWith(FAILED)) {
            return 0; // of what failed, not all was used: a run that no worker took has no duration
        }
        Optional<Long> quantity = quantity(value, rule.divideBy());
        if (quantity.isEmpty()) {
            LOG.warn(
                    "record {} of type {} is not billed: its data has no {} from 0 to {}",
                    record.eventId(),
                    record.type(),
                    rule.field(),
                    MAX_QUANTITY);
        }
        return quantity.orElse(0L);
    }

    /** Rounded up; empty for what is no number, below zero or too large. */
    static Optional<Long> quantity(JsonNode value, long divideBy) {
        if (!value.isNumber()) {
            return Optional.empty();
        }
        BigDecimal number = value.decimalValue();
        // Compared before it is divided: 1e999999999 is short to write, and long to compute with.
        if (number.signum() < 0 || number.compareTo(BigDecimal.valueOf(MAX_QUANTITY)) > 0) {
            return Optional.empty();
        }
        if (number.signum() == 0) {
            return Optional.of(0L);
        }
        if (number.compareTo(BigDecimal.valueOf(divideBy)) <= 0) {
            return Optional.of(1L); // also 1e-999999999
        }
        return Optional.of(number.divide(BigDecimal.valueOf(divideBy), 0, RoundingMode.CEILING)
                .longValueExact());
    }
}
