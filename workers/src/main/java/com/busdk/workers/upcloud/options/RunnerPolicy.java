package com.busdk.workers.upcloud.options;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How a runner is made ready and taken away: the options {@code --runner-…}.
 *
 * @param dnsServers name servers for its netplan, may be empty
 * @param applyNetplan whether its netplan is written before each script, matched by the NIC's MAC address
 * @param deleteStopFirst whether a runner that runs is stopped in order to be deleted
 * @param deleteReadyStates states of the API in which it can be deleted
 * @param transientStates states of the API that are waited out
 * @param deleteTimeout longest time for a delete, more than zero
 * @param deletePollInterval wait between two looks at it, more than zero
 * @param deleteStorage whether its disks go with it
 * @param sshReadyTimeout longest wait for its SSH port, more than zero
 * @param sshReadyPollInterval wait between two tries, more than zero
 */
public record RunnerPolicy(
        List<String> dnsServers,
        boolean applyNetplan,
        boolean deleteStopFirst,
        Set<String> deleteReadyStates,
        Set<String> transientStates,
        Duration deleteTimeout,
        Duration deletePollInterval,
        boolean deleteStorage,
        Duration sshReadyTimeout,
        Duration sshReadyPollInterval) {
    /** The only way in which a netplan is written. */
    public static final String NETPLAN_MODE = "mac-match";

    /** Refuses waits that never end or never begin. */
    public RunnerPolicy {
        dnsServers = List.copyOf(dnsServers);
        deleteReadyStates = Set.copyOf(deleteReadyStates);
        transientStates = Set.copyOf(transientStates);
        if (deleteReadyStates.isEmpty()) {
            throw new IllegalArgumentException("there is a state in which a runner can be deleted, such as stopped");
        }
        for (Duration time : List.of(deleteTimeout, deletePollInterval, sshReadyTimeout, sshReadyPollInterval)) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("time-outs and intervals are above zero");
            }
        }
    }

    /**
     * The policy for a server that nobody has used: stopped and deleted with its empty disks, whatever the operator wants
     * for those that were used.
     *
     * @return the policy
     */
    public RunnerPolicy forUnusedServers() {
        return new RunnerPolicy(
                dnsServers,
                applyNetplan,
                true,
                Set.of("stopped"),
                transientStates,
                deleteTimeout,
                deletePollInterval,
                true,
                sshReadyTimeout,
                sshReadyPollInterval);
    }
}
