package com.busdk.client.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The consumer name of a process: host name and process id, in the letters that a consumer's name may have. */
final class ConsumerName {
    private static final int MAX_CHARS = 64;
    private static final Path HOST_NAME = Path.of("/etc/hostname");

    private ConsumerName() {}

    /** Such as {@code vm-host-4711}. The name server is not asked: it might keep the start waiting. */
    static String ofThisProcess(Map<String, String> environment) {
        return of(hostName(environment), ProcessHandle.current().pid());
    }

    static String of(String host, long pid) {
        String tail = "-" + pid;
        String clean = host.strip().replaceAll("[^A-Za-z0-9._-]", "-");
        int room = MAX_CHARS - tail.length();
        return (clean.length() > room ? clean.substring(0, room) : clean) + tail;
    }

    private static String hostName(Map<String, String> environment) {
        String variable = environment.getOrDefault("HOSTNAME", "");
        if (!variable.isBlank()) {
            return variable;
        }
        try {
            String file = Files.exists(HOST_NAME) ? Files.readString(HOST_NAME) : "";
            return file.isBlank() ? "localhost" : file;
        } catch (IOException e) {
            return "localhost"; // any name will do: the process id tells consumers of one machine apart
        }
    }
}
