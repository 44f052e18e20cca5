package com.busdk.client.identity;

import com.busdk.client.auth.Scopes;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The holder of a verified token. It holds nothing of the token's text, so that it may be logged and kept. Immutable,
 * usable from any thread.
 *
 * @param subject the token's {@code sub}: 1 to {@value #MAX_SUBJECT_BYTES} bytes of UTF-8 without control characters;
 *     the {@code identityId} of what this caller publishes
 * @param audience the configured audience that the token is for; the internal one if it names both
 * @param service whether the caller is a service, which sees the events of all identities
 * @param scopes what the token allows, never null, may be empty
 * @param expiresAt the token's {@code exp} in seconds since the epoch, without leeway: see {@link #expired}
 */
public record Identity(String subject, String audience, boolean service, Set<String> scopes, long expiresAt) {

    /** Longest subject in bytes of UTF-8: it is stored with every event, and the contract's ids have the same bound. */
    public static final int MAX_SUBJECT_BYTES = 255;

    /**
     * Seconds by which clocks may differ ({@code events-api}: 30 s), allowed on {@code exp}, {@code nbf} and
     * {@code iat}.
     */
    public static final long LEEWAY_SECONDS = 30;

    /**
     * @throws IllegalArgumentException if the subject or the audience is not as promised above; the message does not
     *     repeat it
     */
    public Identity {
        if (!isSubject(subject)) {
            throw new IllegalArgumentException("A subject has 1 to " + MAX_SUBJECT_BYTES
                    + " bytes of UTF-8 without control characters and is not blank.");
        }
        if (audience.isEmpty()) {
            throw new IllegalArgumentException("An identity belongs to an audience.");
        }
        scopes = Set.copyOf(scopes);
    }

    /** Whether the token gives this scope, compared character by character. */
    public boolean hasScope(String scope) {
        return scopes.contains(scope);
    }

    /** Whether the caller may use the admin verbs. */
    public boolean admin() {
        return scopes.contains(Scopes.EVENTS_ADMIN);
    }

    /** Whether the token is over at that second since the epoch, its leeway included. */
    public boolean expired(long epochSecond) {
        return epochSecond >= expiresAt + LEEWAY_SECONDS;
    }

    static boolean isSubject(String subject) {
        // The first test spares the encoder a look at a text that is too long in any encoding.
        if (subject.isBlank() || subject.length() > MAX_SUBJECT_BYTES || hasControlCharacter(subject)) {
            return false;
        }
        try {
            // A lone surrogate is no character: the strict encoder refuses it where getBytes would write a '?',
            // which would make two different subjects one.
            return StandardCharsets.UTF_8
                            .newEncoder()
                            .encode(CharBuffer.wrap(subject))
                            .remaining()
                    <= MAX_SUBJECT_BYTES;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static boolean hasControlCharacter(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // U+2028 and U+2029 break lines in many readers of a log.
            if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                return true;
            }
        }
        return false;
    }
}
