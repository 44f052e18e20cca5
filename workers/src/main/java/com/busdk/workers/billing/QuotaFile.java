package com.busdk.workers.billing;

import com.busdk.client.config.ConfigException;
import com.busdk.workers.store.ConfigNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the file of {@code --quota-config}: {@code {"plans":[{"id","quotas":[{"feature","meter_event_name","window",
 * "limit","upgrade_plan_id"?}]}]}}. Stateless.
 */
final class QuotaFile {
    private static final String PLANS = "plans";
    private static final String ID = "id";
    private static final String QUOTAS = "quotas";
    private static final String FEATURE = "feature";
    private static final String METER = "meter_event_name";
    private static final String WINDOW = "window";
    private static final String LIMIT = "limit";
    private static final String UPGRADE = "upgrade_plan_id";

    private QuotaFile() {}

    /**
     * Reads it. Blocks: for the start.
     *
     * @param option names the file in messages
     * @throws ConfigException if anything is wrong; the message names file, place and problem
     */
    static Plans read(String option, Path file) {
        return ConfigNode.read(option, file, Set.of(PLANS), root -> {
            List<Plans.Plan> plans = new ArrayList<>();
            Set<String> ids = new HashSet<>();
            for (ConfigNode node : root.list(PLANS, Set.of(ID, QUOTAS))) {
                Plans.Plan plan = plan(node);
                if (!ids.add(plan.id())) {
                    throw node.wrong(ID, "is that of an earlier plan");
                }
                plans.add(plan);
            }
            if (plans.isEmpty()) {
                throw root.wrong(PLANS, "has no plan: leave the file out where nothing is limited");
            }
            return Plans.of(plans);
        });
    }

    private static Plans.Plan plan(ConfigNode node) {
        List<Quota> quotas = new ArrayList<>();
        Set<List<Object>> seen = new HashSet<>();
        for (ConfigNode each : node.list(QUOTAS, Set.of(FEATURE, METER, WINDOW, LIMIT, UPGRADE))) {
            Quota quota = quota(each);
            if (!seen.add(List.of(quota.feature(), quota.meter(), quota.window()))) {
                throw each.wrong(
                        "",
                        "has the same feature, meter_event_name and window ("
                                + quota.window().word() + ") as an earlier quota of its plan");
            }
            quotas.add(quota);
        }
        return new Plans.Plan(node.name(ID), quotas);
    }

    private static Quota quota(ConfigNode node) {
        Window window = Window.find(node.name(WINDOW))
                .orElseThrow(() -> node.wrong(WINDOW, "is not known: write minute, hour, day, week, month or total"));
        return new Quota(
                node.name(FEATURE),
                node.name(METER),
                window,
                node.positive(LIMIT, Quota.MAX_LIMIT),
                node.optionalName(UPGRADE));
    }
}
