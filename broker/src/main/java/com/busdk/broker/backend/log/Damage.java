package com.busdk.broker.backend.log;

import java.nio.file.Path;

/** How damage is told: always the file, the offset, and what an operator can do. */
final class Damage {
    private Damage() {}

    static LogDamagedException at(Path file, long offset, String what) {
        return new LogDamagedException(
                file + " is damaged at offset " + offset + ": " + what + ". Nothing was changed. " + advice(file));
    }

    static LogDamagedException of(Path file, String what) {
        return new LogDamagedException(file + " " + what + ". Nothing was changed. " + advice(file));
    }

    private static String advice(Path file) {
        Path directory = file.getParent();
        return "Restore it from a copy, or see what is left with: bus events log verify "
                + directory
                + " (and then: bus events log repair "
                + directory
                + ")";
    }
}
