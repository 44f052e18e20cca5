package com.busdk.broker.envelope;

import com.busdk.client.event.EventLimits;
import com.busdk.client.event.EventName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one published envelope in a single pass, checks it against the Events API contract, and writes the line that is
 * stored: {@link #read}, then whatever the caller has to ask about the name, then {@link #appendTo}.
 *
 * <p>The text must be JSON as RFC 8259 has it, in UTF-8 without byte-order mark. Known fields may come in any order and
 * each but once; null is the same as leaving an optional field out; unknown fields are checked for being JSON and passed
 * over, and so is {@code identityId} where it does not count. The payload is copied byte for byte, but for line breaks
 * between tokens.
 *
 * <p>Thread: one at a time. A reader is reused and allocates nothing for an event that is accepted, unless it has an
 * idempotency key.
 */
public final class EnvelopeReader {
    private static final int NAME = 1;
    private static final int CORRELATION = 1 << 1;
    private static final int CORRELATION_ALIAS = 1 << 2;
    private static final int IDENTITY = 1 << 3;
    private static final int KEY = 1 << 4;
    private static final int METADATA = 1 << 5;
    private static final int ERROR = 1 << 6;
    private static final int PAYLOAD = 1 << 7;
    private static final int IDEMPOTENCY = 1 << 8;

    private static final byte[] NAME_FIELD = ascii("name");
    private static final byte[] CORRELATION_FIELD = ascii("correlationId");
    private static final byte[] ALIAS_FIELD = ascii("correlation_id");
    private static final byte[] IDENTITY_FIELD = ascii("identityId");
    private static final byte[] KEY_FIELD = ascii("key");
    private static final byte[] METADATA_FIELD = ascii("metadata");
    private static final byte[] ERROR_FIELD = ascii("error");
    private static final byte[] PAYLOAD_FIELD = ascii("payload");
    private static final byte[] IDEMPOTENCY_FIELD = ascii("idempotencyKey");

    private final JsonScanner scanner = new JsonScanner();
    private final FlatObjects objects = new FlatObjects(scanner);
    private final TailWriter writer = new TailWriter();

    private byte[] in = {};
    private int seen;

    /** A field that is ours and passed over nevertheless, 0 for none. */
    private int passedOver;

    final TextField name = new TextField();
    final TextField correlation = new TextField();
    final TextField identity = new TextField();
    final TextField key = new TextField();
    final TextField idempotency = new TextField();
    private final TextField alias = new TextField();
    final Slice metadata = new Slice();
    final Slice error = new Slice();
    final Slice payload = new Slice();

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Reads the envelope in {@code bytes} between those positions. The array must stay as it is until
     * {@link #appendTo}.
     *
     * @param publisher who sent it: of a user, {@code identityId} is passed over like an unknown field
     * @throws EnvelopeException if it is not one; nothing of it may be used then
     */
    public void read(byte[] bytes, int fromInclusive, int toExclusive, Publisher publisher) throws EnvelopeException {
        passedOver = publisher.service() ? 0 : IDENTITY;
        clear(bytes);
        scanner.reset(bytes, fromInclusive, toExclusive);
        if (toExclusive > fromInclusive && bytes[fromInclusive] == (byte) 0xef) {
            throw scanner.bad("the text starts with a byte-order mark: send UTF-8 without one", fromInclusive);
        }
        int i = scanner.space(fromInclusive);
        if (i == toExclusive) {
            throw scanner.bad("there is no envelope: send one such as {\"name\":\"example.ping\"}", i);
        }
        if (bytes[i] != '{') {
            throw scanner.bad("an envelope is a JSON object: start it with {", i);
        }
        scanner.enter(true, i);
        i = scanner.space(i + 1);
        if (scanner.byteAt(i) != '}') {
            i = members(i);
        }
        i = scanner.space(i + 1);
        if (i != toExclusive) {
            throw scanner.bad("something follows the envelope: send one JSON object at a time", i);
        }
        checkWhole(toExclusive);
    }

    private void clear(byte[] bytes) {
        in = bytes;
        seen = 0;
        name.clear();
        correlation.clear();
        alias.clear();
        identity.clear();
        key.clear();
        idempotency.clear();
        metadata.clear();
        error.clear();
        payload.clear();
    }

    /** Reads all members; returns the position of the closing brace. */
    private int members(int at) throws EnvelopeException {
        int i = at;
        while (true) {
            scanner.escaped = false;
            scanner.loneSurrogate = -1;
            int from = scanner.memberName(i);
            i = scanner.string(from);
            int field = scanner.escaped ? escapedField(from, i - 1) : field(in, from, i - 1);
            i = scanner.space(value(field, from, scanner.colon(i)));
            byte b = scanner.byteAt(i);
            if (b == '}') {
                return i;
            }
            if (b != ',') {
                throw scanner.bad("a comma or } is expected here", i);
            }
            i = scanner.space(i + 1);
        }
    }

    private int escapedField(int from, int to) {
        if (scanner.loneSurrogate >= 0) {
            return 0; // none of ours, and no text
        }
        byte[] decoded = new byte[IDEMPOTENCY_FIELD.length];
        int length = JsonText.decode(in, from, to, decoded, decoded.length);
        return length < 0 ? 0 : field(decoded, 0, length);
    }

    private static int field(byte[] text, int from, int to) {
        return switch (to - from) {
            case 3 -> is(KEY_FIELD, text, from, to) ? KEY : 0;
            case 4 -> is(NAME_FIELD, text, from, to) ? NAME : 0;
            case 5 -> is(ERROR_FIELD, text, from, to) ? ERROR : 0;
            case 7 -> is(PAYLOAD_FIELD, text, from, to) ? PAYLOAD : 0;
            case 8 -> is(METADATA_FIELD, text, from, to) ? METADATA : 0;
            case 10 -> is(IDENTITY_FIELD, text, from, to) ? IDENTITY : 0;
            case 13 -> is(CORRELATION_FIELD, text, from, to) ? CORRELATION : 0;
            case 14 -> {
                if (is(ALIAS_FIELD, text, from, to)) {
                    yield CORRELATION_ALIAS;
                }
                yield is(IDEMPOTENCY_FIELD, text, from, to) ? IDEMPOTENCY : 0;
            }
            default -> 0;
        };
    }

    private static boolean is(byte[] field, byte[] text, int from, int to) {
        return Arrays.equals(field, 0, field.length, text, from, to);
    }

    private int value(int field, int fieldAt, int at) throws EnvelopeException {
        if (field == 0 || field == passedOver) {
            return scanner.value(at);
        }
        if ((seen & field) != 0) {
            throw scanner.bad("a field is given twice: give it once", fieldAt);
        }
        seen |= field;
        if (field != PAYLOAD && field != NAME && scanner.isNull(at)) {
            return scanner.value(at);
        }
        return switch (field) {
            case NAME -> text(name, "name", at);
            case CORRELATION -> text(correlation, "correlationId", at);
            case CORRELATION_ALIAS -> text(alias, "correlation_id", at);
            case IDENTITY -> text(identity, "identityId", at);
            case KEY -> text(key, "key", at);
            case IDEMPOTENCY -> text(idempotency, "idempotencyKey", at);
            default -> slice(field, at);
        };
    }

    private int slice(int field, int at) throws EnvelopeException {
        scanner.lineBreak = false;
        int end = switch (field) {
            case METADATA -> objects.metadata(in, at);
            case ERROR -> objects.error(in, at);
            default -> scanner.value(at);
        };
        Slice slice = switch (field) {
            case METADATA -> metadata;
            case ERROR -> error;
            default -> payload;
        };
        slice.set(at, end, scanner.lineBreak);
        return end;
    }

    private int text(TextField field, String called, int at) throws EnvelopeException {
        if (scanner.byteAt(at) != '"') {
            throw scanner.bad(called + " is not a string: put it in double quotes", at);
        }
        scanner.escaped = false;
        scanner.loneSurrogate = -1;
        int end = scanner.string(at + 1);
        if (scanner.loneSurrogate >= 0) {
            throw scanner.bad(called + " has half a surrogate pair: send both halves", scanner.loneSurrogate);
        }
        if (!field.set(in, at + 1, end - 1, scanner.escaped)) {
            throw scanner.bad(
                    called + " is longer than " + EventLimits.MAX_ID_BYTES + " bytes of UTF-8: shorten it", at);
        }
        if (field == name) {
            checkName(at);
        }
        return end;
    }

    private void checkName(int at) throws EnvelopeException {
        byte[] bytes = name.bytes();
        int dots = 0;
        byte before = '.';
        for (int i = name.offset(), end = i + name.length(); i < end; i++) {
            byte b = bytes[i];
            if (b == '.') {
                if (before == '.') {
                    throw badName(at);
                }
                dots++;
            } else if (!(b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_' || b == '-')) {
                throw badName(at);
            }
            before = b;
        }
        if (dots == 0 || before == '.') {
            throw badName(at);
        }
    }

    private EnvelopeException badName(int at) {
        try {
            EventName.check(name.text());
        } catch (IllegalArgumentException e) {
            return scanner.bad(String.valueOf(e.getMessage()), at);
        }
        throw new IllegalStateException("the rules for event names differ");
    }

    private void checkWhole(int end) throws EnvelopeException {
        if (!name.given()) {
            throw scanner.bad("name is missing: give one such as \"name\":\"example.ping\"", end);
        }
        if (alias.given()) {
            if (correlation.given() && !correlation.sameAs(alias.bytes(), alias.offset(), alias.length())) {
                throw scanner.bad("correlationId and correlation_id differ: give one of them", end);
            }
        }
        if (identity.given() && identity.length() == 0) {
            throw scanner.bad("identityId is empty: name the owner, or leave it out", end);
        }
        if (idempotency.given() && idempotency.length() == 0) {
            throw scanner.bad("idempotencyKey is empty: give one of your own for each event, or leave it out", end);
        }
    }

    /** Whether the envelope's name has these bytes. */
    public boolean nameIs(byte[] other) {
        return name.sameAs(other, 0, other.length);
    }

    /** The envelope's name. */
    public String name() {
        return name.text();
    }

    /** The envelope's correlation id, or null where it has none or an empty one. */
    public @Nullable String correlationId() {
        TextField given = givenCorrelation();
        return given.given() && given.length() > 0 ? given.text() : null;
    }

    /** Who owns the envelope when it is published: the publisher, unless a service names another. */
    public String ownerFrom(Publisher publisher) {
        return publisher.service() && identity.given() ? identity.text() : publisher.subject();
    }

    /** The envelope's idempotency key, or null where it has none. */
    public @Nullable String idempotencyKey() {
        return idempotency.given() ? idempotency.text() : null;
    }

    TextField givenCorrelation() {
        return correlation.given() ? correlation : alias;
    }

    byte[] input() {
        return in;
    }

    /**
     * Adds the envelope that was read last to a batch.
     *
     * @param publisher who sent it; the owner, unless a service names another
     */
    public void appendTo(EventBatch batch, Publisher publisher) {
        appendTo(batch, publisher, null, null);
    }

    /**
     * Likewise, with what comes from outside of the envelope.
     *
     * @param correlationId takes the place of one that is missing or empty; null: none
     * @param idempotencyKey takes the place of one that is missing, such as a header's; null: none
     */
    public void appendTo(
            EventBatch batch, Publisher publisher, @Nullable String correlationId, @Nullable String idempotencyKey) {
        writer.append(this, batch, publisher, correlationId, idempotencyKey);
    }
}
