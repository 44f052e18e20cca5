package com.busdk.broker.envelope;

import java.nio.charset.StandardCharsets;

/**
 * Who publishes, as far as an envelope needs to know it. Immutable; made once for a caller and used for all of its
 * events. Any thread.
 */
public final class Publisher {
    private final String subject;
    private final boolean service;
    private final byte[] utf8;
    private final byte[] canonical;

    /**
     * @param subject the token's {@code sub}: the owner of what is published
     * @param service whether it may publish for other owners
     */
    public Publisher(String subject, boolean service) {
        this.subject = subject;
        this.service = service;
        utf8 = subject.getBytes(StandardCharsets.UTF_8);
        canonical = JsonText.encode(subject);
    }

    public String subject() {
        return subject;
    }

    /** Whether {@code identityId} of an envelope counts. */
    public boolean service() {
        return service;
    }

    byte[] utf8() {
        return utf8;
    }

    byte[] canonical() {
        return canonical;
    }

    @Override
    public String toString() {
        return "Publisher[" + subject + (service ? ", service]" : "]");
    }
}
