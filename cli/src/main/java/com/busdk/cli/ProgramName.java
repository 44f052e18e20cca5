package com.busdk.cli;

import java.util.List;
import java.util.Map;

/**
 * What a program name stands for: every module also answers to a name of its own, by links to one launcher, which
 * passes the name it was called by in the system property {@value #PROPERTY}.
 */
public final class ProgramName {
    /** System property in which the launcher passes the name it was called by. */
    public static final String PROPERTY = "bus.program";

    private static final Map<String, List<String>> WORDS = Map.of(
            "bus", List.of(),
            "bus-events", List.of("events"),
            "bus-operator-token", List.of("operator", "token"),
            "bus-api-provider-events", List.of("api", "provider", "events"),
            "bus-integration-vm", List.of("integration", "vm"),
            "bus-integration-podman", List.of("integration", "podman"));

    private ProgramName() {}

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
