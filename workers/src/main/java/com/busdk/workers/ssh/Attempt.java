package com.busdk.workers.ssh;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One attempt at a request.
 *
 * @param run the request's name on the target: the same for each attempt at it, whichever worker makes it
 * @param word known to this attempt only: what it says to the runner begins with it
 */
record Attempt(String run, String word) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int WORD_BYTES = 16;
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    /** Refuses what would not be the plain name of a file. */
    Attempt {
        if (!SAFE.matcher(run).matches() || !SAFE.matcher(word).matches()) {
            throw new IllegalArgumentException("an attempt's run and word are plain words");
        }
    }

    /** A new attempt at the request with this id; any text will do. */
    static Attempt at(String requestId) {
        byte[] word = new byte[WORD_BYTES];
        RANDOM.nextBytes(word);
        return new Attempt(fileName(requestId), HexFormat.of().formatHex(word));
    }

    private static String fileName(String requestId) {
        if (SAFE.matcher(requestId).matches()) {
            return requestId;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(requestId.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
