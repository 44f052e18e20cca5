package com.busdk.workers.billing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How an account stands at a moment: its subscription, and what it has used in the windows of that moment. Immutable.
 *
 * @param subscription empty if it has none
 * @param counters what was used; what is not among them was not
 * @param now the moment
 */
record Standing(Optional<Subscription> subscription, List<Counter> counters, Instant now) {
    /**
     * What was used of something in a window.
     *
     * @param feature what was used
     * @param meter how it is counted
     * @param window over which
     * @param used how much
     */
    record Counter(String feature, String meter, Window window, long used) {}

    /**
     * A quota and what of it is used.
     *
     * @param quota empty for what is counted and not limited
     */
    record Use(Counter counter, Optional<Quota> quota) {
        boolean isUsedUp() {
            return quota.isPresent() && counter.used() >= quota.get().limit();
        }
    }

    /** Keeps a copy. */
    Standing {
        counters = List.copyOf(counters);
    }

    boolean isActive() {
        return subscription.isPresent() && subscription.get().isActive();
    }

    /** The features, which count only while the subscription is active. */
    List<String> features() {
        return isActive() ? subscription.get().features() : List.of();
    }

    Optional<String> plan() {
        return subscription.flatMap(Subscription::plan);
    }

    /** What the quotas of the plan stand at; an account that is not active has none. */
    List<Use> quotas(Plans plans) {
        if (!isActive() || plan().isEmpty()) {
            return List.of();
        }
        Map<List<Object>, Counter> byKey = new HashMap<>();
        counters.forEach(counter -> byKey.put(List.of(counter.feature(), counter.meter(), counter.window()), counter));
        List<Use> uses = new ArrayList<>();
        for (Quota quota : plans.quotas(plan().get())) {
            Counter none = new Counter(quota.feature(), quota.meter(), quota.window(), 0);
            Counter counter = byKey.getOrDefault(List.of(quota.feature(), quota.meter(), quota.window()), none);
            uses.add(new Use(counter, Optional.of(quota)));
        }
        return uses;
    }

    /** The quotas, and the month's use of what has none: so that whoever is billed sees all that was counted. */
    List<Use> uses(Plans plans) {
        List<Use> uses = new ArrayList<>(quotas(plans));
        for (Counter counter : counters) {
            boolean limited = uses.stream()
                    .map(Use::counter)
                    .anyMatch(each -> each.feature().equals(counter.feature())
                            && each.meter().equals(counter.meter()));
            if (counter.window() == Window.MONTH && !limited) {
                uses.add(new Use(counter, Optional.empty()));
            }
        }
        return uses;
    }
}
