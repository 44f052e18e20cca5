package com.busdk.cli.command;

import com.busdk.cli.ExitCode;
import org.jspecify.annotations.Nullable;

/** A command cannot go on: the exit code, and one line that says what to do next. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * A failure with its exit code.
     *
     * @param exitCode one of {@link ExitCode}
     * @param message one line for the user; never a token or a secret
     */
    public CliException(int exitCode, String message) {
        this(exitCode, message, null);
    }

    /**
     * A failure with its exit code and its cause, which is shown only with {@code -vv}.
     *
     * @param exitCode one of {@link ExitCode}
     * @param message one line for the user; never a token or a secret
     * @param cause what happened below, if anything did
     */
    public CliException(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The command line is wrong: {@link ExitCode#USAGE}. */
    public static CliException usage(String message) {
        return new CliException(ExitCode.USAGE, message);
    }

    /** What was asked for failed: {@link ExitCode#FAILED}. */
    public static CliException failed(String message) {
        return new CliException(ExitCode.FAILED, message);
    }

    /** The code that the process ends with. */
    public int exitCode() {
        return exitCode;
    }

    /** The message, never null here. */
    public String text() {
        return String.valueOf(getMessage());
    }
}
