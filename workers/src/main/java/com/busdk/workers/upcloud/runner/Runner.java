package com.busdk.workers.upcloud.runner;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A runner that can be reached. Immutable.
 *
 * @param uuid id of its server
 * @param name what the operator calls it
 * @param host its address
 * @param port port of its SSH server
 * @param users users to try, in order
 * @param mac MAC address of the NIC that has the address, null if that is not known
 */
public record Runner(
        String uuid,
        String name,
        String host,
        int port,
        List<String> users,
        @Nullable String mac) {
    /** Keeps an unmodifiable copy. */
    public Runner {
        users = List.copyOf(users);
    }
}
