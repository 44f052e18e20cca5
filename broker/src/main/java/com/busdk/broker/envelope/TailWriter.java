package com.busdk.broker.envelope;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Writes the tail of a stored line, in the order that {@link EventBatch} has it. Thread: that of its reader. */
final class TailWriter {
    private static final byte[] NAME = ascii("\"name\":\"");
    private static final byte[] CORRELATION = ascii("\",\"correlationId\":\"");
    private static final byte[] IDENTITY = ascii("\",\"identityId\":\"");
    private static final byte[] KEY = ascii("\",\"key\":\"");
    private static final byte[] METADATA = ascii(",\"metadata\":");
    private static final byte[] ERROR = ascii(",\"error\":");
    private static final byte[] PAYLOAD = ascii(",\"payload\":");
    private static final byte[] NULL = ascii("null");

    /** All that a tail has besides its values. */
    private static final int FRAME = NAME.length
            + CORRELATION.length
            + IDENTITY.length
            + KEY.length
            + METADATA.length
            + ERROR.length
            + PAYLOAD.length
            + NULL.length
            + 3;

    private @Nullable MessageDigest digest;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    void append(
            EnvelopeReader from,
            EventBatch batch,
            Publisher publisher,
            @Nullable String correlationId,
            @Nullable String idempotencyKey) {
        TextField correlation = from.givenCorrelation();
        boolean own = correlation.given() && (correlation.length() > 0 || correlationId == null);
        byte[] otherCorrelation = own || correlationId == null ? null : JsonText.encode(correlationId);
        boolean named = publisher.service() && from.identity.given();
        byte[] to = batch.ensure(bound(from, publisher, correlation, otherCorrelation));
        int start = batch.size();
        int at = put(NAME, to, start);
        at = from.name.encode(to, at);
        int correlationAt = at;
        if (own) {
            correlationAt = put(CORRELATION, to, at);
            at = correlation.encode(to, correlationAt);
        } else if (otherCorrelation != null) {
            correlationAt = put(CORRELATION, to, at);
            at = put(otherCorrelation, to, correlationAt);
        }
        int correlationEnd = at;
        int ownerAt = put(IDENTITY, to, at);
        at = named ? from.identity.encode(to, ownerAt) : put(publisher.canonical(), to, ownerAt);
        int ownerEnd = at;
        int keyAt = at;
        if (from.key.given()) {
            keyAt = put(KEY, to, at);
            at = from.key.encode(to, keyAt);
        }
        int keyEnd = at;
        to[at++] = '"';
        at = slices(from, to, at);
        batch.add(
                at - start,
                from.name.length(),
                correlationAt - start,
                correlationEnd - correlationAt,
                ownerAt - start,
                ownerEnd - ownerAt,
                keyAt - start,
                keyEnd - keyAt);
        idempotency(from.idempotency, idempotencyKey, publisher, batch);
    }

    private static int slices(EnvelopeReader from, byte[] to, int start) {
        int at = start;
        if (from.metadata.given()) {
            at = from.metadata.copy(from.input(), to, put(METADATA, to, at));
        }
        if (from.error.given()) {
            at = from.error.copy(from.input(), to, put(ERROR, to, at));
        }
        at = put(PAYLOAD, to, at);
        at = from.payload.given() ? from.payload.copy(from.input(), to, at) : put(NULL, to, at);
        to[at++] = '}';
        to[at++] = '\n';
        return at;
    }

    private static int bound(
            EnvelopeReader from, Publisher publisher, TextField correlation, byte @Nullable [] otherCorrelation) {
        int bytes = FRAME + from.name.encodedBound() + publisher.canonical().length;
        bytes += correlation.given() ? correlation.encodedBound() : 0;
        bytes += otherCorrelation != null ? otherCorrelation.length : 0;
        bytes += from.identity.given() ? from.identity.encodedBound() : 0;
        bytes += from.key.given() ? from.key.encodedBound() : 0;
        bytes += from.metadata.given() ? from.metadata.length() : 0;
        bytes += from.error.given() ? from.error.length() : 0;
        return bytes + (from.payload.given() ? from.payload.length() : 0);
    }

    private static int put(byte[] bytes, byte[] to, int at) {
        System.arraycopy(bytes, 0, to, at, bytes.length);
        return at + bytes.length;
    }

    private void idempotency(TextField given, @Nullable String other, Publisher publisher, EventBatch batch) {
        if (!given.given() && other == null) {
            return;
        }
        MessageDigest sha = digest();
        sha.update(publisher.utf8());
        sha.update((byte) 0); // no subject has one, so the two cannot be mistaken for another two
        if (given.given()) {
            sha.update(given.bytes(), given.offset(), given.length());
        } else if (other != null) {
            sha.update(other.getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer hash = ByteBuffer.wrap(sha.digest());
        batch.idempotencyKey(hash.getLong(), hash.getLong());
    }

    private MessageDigest digest() {
        MessageDigest sha = digest;
        if (sha == null) {
            try {
                sha = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
            digest = sha;
        }
        return sha;
    }
}
