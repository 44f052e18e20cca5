package com.busdk.workers.billing;

import com.busdk.workers.store.Fields;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the worker answers, as the contract writes it. Stateless. */
final class Answers {
    /** Where an account is set up. */
    static final String SETUP = "bus billing setup";

    /** Where a subscription is paid, changed or ended. */
    static final String PORTAL = "bus billing portal";

    private static final String PLAN = "plan_id";
    private static final String COMMAND = "command";
    private static final String USAGE = "usage";

    private Answers() {}

    /** Whether an account may use a feature, and what helps if it may not. */
    static ObjectNode entitlement(Standing standing, String feature, Plans plans) {
        ObjectNode answer = Fields.object();
        if (!standing.features().contains(feature)) {
            answer.put("allowed", false).put("reason", "billing_required").put(COMMAND, command(standing));
            standing.plan().ifPresent(plan -> answer.put(PLAN, plan));
            return answer;
        }
        List<Standing.Use> usedUp = standing.quotas(plans).stream()
                .filter(use -> use.counter().feature().equals(feature) && use.isUsedUp())
                .toList();
        answer.put("allowed", usedUp.isEmpty());
        answer.put("reason", usedUp.isEmpty() ? "billing_active" : "quota_exceeded");
        if (!usedUp.isEmpty()) {
            Optional<String> upgrade = upgrade(usedUp);
            answer.put(COMMAND, upgrade.map(Answers::moveTo).orElse(PORTAL));
            upgrade.ifPresent(plan -> answer.put("recommended_plan", plan));
            answer.set(USAGE, usage(usedUp, standing.now()));
        }
        standing.plan().ifPresent(plan -> answer.put(PLAN, plan));
        return answer;
    }

    /** How an account stands. */
    static ObjectNode status(Account account, Standing standing, Plans plans) {
        ObjectNode answer = Fields.object();
        answer.put("account_id", account.given());
        answer.put(
                "status",
                standing.subscription().map(each -> each.status().word()).orElse("missing"));
        standing.plan().ifPresent(plan -> answer.put(PLAN, plan));
        ArrayNode features = answer.putArray("features");
        standing.features().forEach(features::add);
        List<Standing.Use> uses = standing.uses(plans);
        answer.set(USAGE, usage(uses, standing.now()));
        answer.put("setup_required", needsSetup(standing));
        if (!standing.isActive()) {
            answer.put("next_action", needsSetup(standing) ? "setup_billing" : "update_payment");
            answer.put(COMMAND, command(standing));
            return answer;
        }
        List<Standing.Use> usedUp = uses.stream().filter(Standing.Use::isUsedUp).toList();
        if (!usedUp.isEmpty()) {
            answer.put("next_action", "upgrade_plan");
            answer.put(COMMAND, upgrade(usedUp).map(Answers::moveTo).orElse(PORTAL));
        }
        return answer;
    }

    /** The plan that has more of what is used up, if one is named. */
    private static Optional<String> upgrade(List<Standing.Use> usedUp) {
        return usedUp.stream()
                .flatMap(use -> use.quota().flatMap(Quota::upgradePlan).stream())
                .findFirst();
    }

    /** Where a plan to move to is known, a command that does it; the portal of the local provider leads nowhere. */
    private static String moveTo(String plan) {
        return SETUP + " --plan " + plan;
    }

    /** What is late is paid, and what is active is changed; all else begins anew. */
    private static String command(Standing standing) {
        return needsSetup(standing) ? SETUP : PORTAL;
    }

    private static boolean needsSetup(Standing standing) {
        return standing.subscription()
                .map(each -> switch (each.status()) {
                    case INCOMPLETE, CANCELED -> true;
                    case ACTIVE, PAST_DUE -> false;
                })
                .orElse(true);
    }

    private static ArrayNode usage(List<Standing.Use> uses, Instant now) {
        ArrayNode list = Fields.object().putArray(USAGE);
        for (Standing.Use use : uses) {
            Standing.Counter counter = use.counter();
            Window window = counter.window();
            ObjectNode item = list.addObject();
            item.put("feature", counter.feature());
            item.put("meter_event_name", counter.meter());
            item.put("window", window.word());
            item.put("used", counter.used());
            use.quota().ifPresent(quota -> {
                item.put("limit", quota.limit());
                item.put("remaining", Math.max(0, quota.limit() - counter.used()));
                item.put("exceeded", use.isUsedUp());
            });
            if (window != Window.TOTAL) {
                item.put("window_start", window.start(now).toString());
                item.put("resets_at", window.end(now).toString());
            }
        }
        return list;
    }
}
