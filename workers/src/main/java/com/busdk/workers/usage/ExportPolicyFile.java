package com.busdk.workers.usage;

import com.busdk.client.config.ConfigException;
import com.busdk.workers.store.ConfigNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the file of {@code --billing-export-policy}:
 *
 * <pre>{@code
 * {"exports": [{"event_type": "container_run_finished", "quantity": "data.duration_ms", "divide_by": 1000,
 *               "feature": "container:run", "meter_event_name": "bus_container_runtime_seconds"}]}
 * }</pre>
 *
 * <p>{@code divide_by} may be left out; the quantity is rounded up. Stateless.
 */
final class ExportPolicyFile {
    private static final String EXPORTS = "exports";
    private static final String TYPE = "event_type";
    private static final String QUANTITY = "quantity";
    private static final String DIVIDE_BY = "divide_by";
    private static final String FEATURE = "feature";
    private static final String METER = "meter_event_name";
    private static final String DATA = "data.";

    private ExportPolicyFile() {}

    /**
     * Reads it. Blocks: for the start.
     *
     * @throws ConfigException if anything is wrong; the message names file, place and problem
     */
    static ExportPolicy read(String option, Path file) {
        return ConfigNode.read(option, file, Set.of(EXPORTS), root -> {
            List<ExportPolicy.Rule> rules = new ArrayList<>();
            Set<List<String>> seen = new HashSet<>();
            for (ConfigNode node : root.list(EXPORTS, Set.of(TYPE, QUANTITY, DIVIDE_BY, FEATURE, METER))) {
                ExportPolicy.Rule rule = rule(node);
                if (!seen.add(List.of(rule.type(), rule.feature(), rule.meter()))) {
                    throw node.wrong("", "exports the same event_type, feature and meter_event_name a second time");
                }
                rules.add(rule);
            }
            if (rules.isEmpty()) {
                throw root.wrong(EXPORTS, "has no rule: write --billing-export none for that");
            }
            return new ExportPolicy(rules);
        });
    }

    private static ExportPolicy.Rule rule(ConfigNode node) {
        String type = node.name(TYPE);
        if (!UsageEvents.TYPES.contains(type)) {
            throw node.wrong(
                    TYPE,
                    "is not known: write one of "
                            + String.join(
                                    ", ", UsageEvents.TYPES.stream().sorted().toList()));
        }
        String quantity = node.name(QUANTITY);
        if (!quantity.startsWith(DATA) || quantity.indexOf('.', DATA.length()) >= 0 || quantity.equals(DATA)) {
            throw node.wrong(QUANTITY, "is not a field of the data such as data.total_tokens");
        }
        return new ExportPolicy.Rule(
                type,
                quantity.substring(DATA.length()),
                node.optionalPositive(DIVIDE_BY, ExportPolicy.MAX_QUANTITY).orElse(1L),
                node.name(FEATURE),
                node.name(METER));
    }
}
