package com.busdk.workers.billing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The plans that have quotas. A plan that is not among them, and what a plan has no quota for, is not limited. Immutable.
 *
 * @param byId the plans in the order of their file
 */
record Plans(SequencedMap<String, Plan> byId) {
    /** The plan that accounts are set up with where no file names one. */
    static final String DEFAULT_ID = "default";

    /** Nothing is limited. */
    static final Plans NONE = of(List.of());

    /**
     * A plan.
     *
     * @param id its name
     * @param quotas all of them have to have something left
     */
    record Plan(String id, List<Quota> quotas) {
        /** Keeps a copy. */
        Plan {
            quotas = List.copyOf(quotas);
        }
    }

    static Plans of(List<Plan> plans) {
        var byId = new LinkedHashMap<String, Plan>();
        for (Plan plan : plans) {
            if (byId.put(plan.id(), plan) != null) {
                throw new IllegalArgumentException("the plan " + plan.id() + " is there twice");
            }
        }
        return new Plans(byId);
    }

    /** The plan that accounts are set up with. */
    String defaultId() {
        Map.Entry<String, Plan> first = byId.firstEntry();
        return first == null ? DEFAULT_ID : first.getKey();
    }

    /** Whether there is a plan at all. */
    boolean isLimited() {
        return !byId.isEmpty();
    }

    boolean has(String id) {
        return byId.containsKey(id);
    }

    /** Whether it is one of them, or one that a quota says to move to: that need not be here, as where it has no limits. */
    boolean isOffered(String id) {
        return has(id) || !quotasBefore(id).isEmpty();
    }

    /** The quotas that say to move to a plan. */
    List<Quota> quotasBefore(String id) {
        return byId.values().stream()
                .flatMap(plan -> plan.quotas().stream())
                .filter(quota -> quota.upgradePlan().equals(Optional.of(id)))
                .toList();
    }

    /** The quotas of a plan; none for one that is not known. */
    List<Quota> quotas(String id) {
        Plan plan = byId.get(id);
        return plan == null ? List.of() : plan.quotas();
    }
}
