package com.busdk.cli.command;

import com.busdk.client.text.Echo;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Words for what went wrong. */
public final class Failures {
    /** Longest line of an error, in characters. */
    private static final int MAX_LINE = 1_000;

    private Failures() {}

    /** One line that says what an exception means to a user. */
    public static String text(Throwable failure) {
        return switch (failure) {
            case NoSuchFileException e -> e.getFile() + ": there is no such file";
            case FileNotFoundException e -> String.valueOf(e.getMessage());
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": it exists already";
            case FileSystemException e -> e.getFile() + ": " + (e.getReason() == null ? "I/O error" : e.getReason());
            case UncheckedIOException e -> String.valueOf(e.getMessage());
            case IOException e -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            case OutOfMemoryError _ -> "out of memory: give Java more with BUS_JAVA_OPTS=-Xmx…";
            default ->
                "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage()
                        + "; run it again with -vv to see where";
        };
    }

    /** Writes the one line, and with {@code -vv} the trace. */
    public static void report(PrintStream err, String who, String text, Throwable failure, int verbosity) {
        err.println(who + ": " + Echo.clean(text, MAX_LINE));
        if (verbosity > 1) {
            failure.printStackTrace(err);
        }
    }
}
