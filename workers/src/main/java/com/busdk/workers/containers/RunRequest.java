package com.busdk.workers.containers;

import com.busdk.client.text.Echo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A container to run. Whoever has one can put it on a command line: nothing in it is an option or has a NUL in it.
 *
 * @param runId the run's name: 1 to 128 of {@code [A-Za-z0-9_.-]}, beginning with a letter or digit
 * @param owner the identity whose run it is, not blank
 * @param image a container image reference
 * @param command the program and its arguments; empty for what the image does by itself
 * @param timeout how long the container may run, more than zero
 * @param requestedAt when the run was asked for, by the clock of the events service: nothing of it is older
 */
public record RunRequest(
        String runId, String owner, String image, List<String> command, Duration timeout, Instant requestedAt) {
    /** Most words of a command (runtime APIs contract, "Run body"). */
    public static final int MAX_ARGUMENTS = 256;

    /** Most bytes of all words of a command together, in UTF-8 (as above; Linux takes at most so much for one word). */
    public static final int MAX_COMMAND_BYTES = 128 * 1024;

    /** Longest image reference: far more than a registry, a path, a tag and a digest take. */
    public static final int MAX_IMAGE_CHARS = 512;

    /** Longest owner: identities are at most as long as a token allows, and this goes into a label. */
    private static final int MAX_OWNER_CHARS = 255;

    private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    /** The letters of the OCI distribution specification's references; a dash cannot begin one, so none is an option. */
    private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@+-]*");

    /** Refuses what cannot be run; each message says what to write. */
    public RunRequest {
        command = List.copyOf(command);
        if (!isRunId(runId)) {
            throw new IllegalArgumentException("a run id is 1 to 128 of A-Z a-z 0-9 _ . -");
        }
        if (owner.isBlank() || owner.length() > MAX_OWNER_CHARS || owner.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a run has an owner of 1 to " + MAX_OWNER_CHARS + " characters");
        }
        if (image.length() > MAX_IMAGE_CHARS || !IMAGE.matcher(image).matches()) {
            throw new IllegalArgumentException("image " + Echo.quote(image)
                    + " is not an image reference: write one such as docker.io/library/alpine:3.20");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("a run's timeout is above zero");
        }
        checkCommand(command);
    }

    /**
     * A run of which is not known when it was asked for.
     *
     * @param runId the run's name
     * @param owner the identity whose run it is
     * @param image a container image reference
     * @param command the program and its arguments
     * @param timeout how long the container may run
     */
    public RunRequest(String runId, String owner, String image, List<String> command, Duration timeout) {
        this(runId, owner, image, command, timeout, Instant.EPOCH);
    }

    /**
     * Whether a text can be the id of a run.
     *
     * @param text any text
     * @return true if it can
     */
    public static boolean isRunId(String text) {
        return RUN_ID.matcher(text).matches();
    }

    private static void checkCommand(List<String> command) {
        if (command.size() > MAX_ARGUMENTS) {
            throw new IllegalArgumentException("a command has at most " + MAX_ARGUMENTS + " words");
        }
        long bytes = 0;
        for (String word : command) {
            if (word.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a command has no NUL in it");
            }
            if (word.codePoints().anyMatch(RunRequest::isHalf)) {
                throw new IllegalArgumentException(
                        "a command has no half of a character (a lone surrogate) in it, which UTF-8 does not have");
            }
            bytes += word.getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MAX_COMMAND_BYTES) {
            throw new IllegalArgumentException("a command has at most " + MAX_COMMAND_BYTES + " bytes");
        }
        if (!command.isEmpty() && command.getFirst().isEmpty()) {
            throw new IllegalArgumentException("a command's first word is the program to run, and not empty");
        }
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    /** Names only: a command may hold what is nobody else's business. */
    @Override
    public String toString() {
        return "RunRequest[runId=" + runId + ", image=" + image + ", " + command.size() + " words]";
    }
}
