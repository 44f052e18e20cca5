package com.busdk.workers.upcloud.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container runner is: the server to find or to create, and how it is reached.
 *
 * @param name its title, or the UUID of a server that exists
 * @param zone where it is created
 * @param plan its size
 * @param os title or UUID of its template
 * @param storageGb size of its disk in GB, 0 for the provider's choice
 * @param networkMode over which kind of network it is reached
 * @param privateNetwork name or UUID of the network of {@link NetworkMode#PRIVATE}
 * @param privateIp its address there, null for the network's choice
 * @param sshKeys files with the public keys that may log in; needed to create it only
 * @param sshTarget where it is reached, null to look for its address
 * @param sshPort port of its SSH server
 * @param sshUsers users to try, in order
 * @param startTimeout longest wait until it can be used, more than zero
 */
public record RunnerOptions(
        String name,
        String zone,
        String plan,
        String os,
        int storageGb,
        NetworkMode networkMode,
        String privateNetwork,
        @Nullable String privateIp,
        List<Path> sshKeys,
        @Nullable SshTarget sshTarget,
        int sshPort,
        List<String> sshUsers,
        Duration startTimeout) {
    /** Over which kind of network a runner is reached. */
    public enum NetworkMode {
        /** A private network of the account. */
        PRIVATE,
        /** The internet. */
        PUBLIC
    }

    /** Refuses what makes no runner. */
    public RunnerOptions {
        sshKeys = List.copyOf(sshKeys);
        sshUsers = List.copyOf(sshUsers);
        if (name.isBlank() || sshUsers.isEmpty()) {
            throw new IllegalArgumentException("a runner has a name and at least one user to log in as");
        }
        if (startTimeout.isNegative() || startTimeout.isZero()) {
            throw new IllegalArgumentException("the time for a start is above zero");
        }
    }
}
