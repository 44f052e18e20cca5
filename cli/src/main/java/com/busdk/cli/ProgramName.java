package com.busdk.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a program name stands for: every module also answers to a name of its own, by links to one launcher, which
 * passes the name it was called by in the system property {@value #PROPERTY}.
 */
public final class ProgramName {
    /** System property in which the launcher passes the name it was called by. */
    public static final String PROPERTY = "bus.program";

    private static final Map<String, List<String>> WORDS = Map.ofEntries(
            Map.entry("bus", List.of()),
            Map.entry("bus-events", List.of("events")),
            Map.entry("bus-vm", List.of("vm")),
            Map.entry("bus-containers", List.of("containers")),
            Map.entry("bus-status", List.of("status")),
            Map.entry("bus-auth", List.of("auth")),
            Map.entry("bus-operator-token", List.of("operator", "token")),
            Map.entry("bus-gateway", List.of("api", "gateway")),
            Map.entry("bus-api-provider-events", List.of("api", "provider", "events")),
            Map.entry("bus-api-provider-vm", List.of("api", "provider", "vm")),
            Map.entry("bus-api-provider-containers", List.of("api", "provider", "containers")),
            Map.entry("bus-api-provider-auth", List.of("api", "provider", "auth")),
            Map.entry("bus-api-provider-usage", List.of("api", "provider", "usage")),
            Map.entry("bus-api-provider-billing", List.of("api", "provider", "billing")),
            Map.entry("bus-integration-vm", List.of("integration", "vm")),
            Map.entry("bus-integration-podman", List.of("integration", "podman")),
            Map.entry("bus-integration-upcloud", List.of("integration", "upcloud")),
            Map.entry("bus-integration-usage", List.of("integration", "usage")),
            Map.entry("bus-integration-billing", List.of("integration", "billing")),
            Map.entry("bus-integration-ssh-runner", List.of("integration", "ssh-runner")));

    private ProgramName() {}

    /** Every program name that stands for words; an installation has a link of that name for each. */
    public static Set<String> all() {
        return WORDS.keySet();
    }

    /**
     * The first words of the command line that {@code program} stands for.
     *
     * @param program a program name without folder, for example {@code bus-events}
     * @return for example {@code [events]}; empty for {@code bus} itself and for any name that is not known, so that a
     *     link of the user's own choosing behaves as {@code bus}
     */
    public static List<String> words(String program) {
        return WORDS.getOrDefault(program, List.of());
    }
}
