package com.busdk.cli.term;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which of the three standard streams are terminals.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 */
public record Terminals(boolean in, boolean out, boolean err) {
    /** System property in which a launcher passes the numbers of the streams that are terminals, for example {@code 02}. */
    public static final String PROPERTY = "bus.terminals";

    /** None of them. */
    public static final Terminals NONE = new Terminals(false, false, false);

    /**
     * Those of this process: what the launcher found out, else what the system says of the open files, as Linux does. None
     * where neither is known: too little colour harms nobody.
     */
    public static Terminals ofProcess() {
        String found = System.getProperty(PROPERTY);
        if (found != null) {
            return new Terminals(found.contains("0"), found.contains("1"), found.contains("2"));
        }
        Path descriptors = Path.of("/proc/self/fd");
        if (Files.isDirectory(descriptors)) {
            return new Terminals(isTerminal(descriptors, 0), isTerminal(descriptors, 1), isTerminal(descriptors, 2));
        }
        return NONE;
    }

    /** The same with standard output led elsewhere. */
    public Terminals withoutOut() {
        return new Terminals(in, false, err);
    }

    private static boolean isTerminal(Path descriptors, int number) {
        try {
            String target = Files.readSymbolicLink(descriptors.resolve(Integer.toString(number)))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            // A closed stream has no entry, and is no terminal.
            return false;
        }
    }
}
