package com.busdk.broker.envelope;

import com.busdk.client.event.EventLimits;
import java.util.Arrays;

/**
 * Checks the two small objects of an envelope, {@code metadata} and {@code error}; they are stored as they came. Thread:
 * that of its reader.
 */
final class FlatObjects {
    private final JsonScanner scanner;

    /** From and to of each metadata key of this envelope. */
    private final int[] keys = new int[2 * EventLimits.MAX_METADATA_ENTRIES];

    private int entries;
    private int metadataBytes;

    /** Whether a key has escapes, so that equal keys may differ in their bytes. */
    private boolean escapedKeys;

    FlatObjects(JsonScanner scanner) {
        this.scanner = scanner;
    }

    /** Strings by name: returns the position behind the object. */
    int metadata(byte[] in, int at) throws EnvelopeException {
        entries = 0;
        metadataBytes = 0;
        escapedKeys = false;
        int i = open("metadata", at);
        while (scanner.byteAt(i) != '}') {
            i = entry(in, i);
            i = next("metadata", i);
        }
        scanner.leave();
        return i + 1;
    }

    private int entry(byte[] in, int at) throws EnvelopeException {
        int from = scanner.memberName(at);
        int i = text(in, from, "metadata");
        escapedKeys |= scanner.escaped;
        remember(in, from, i - 1);
        i = scanner.colon(i);
        if (scanner.byteAt(i) != '"') {
            throw scanner.bad("a metadata value is not a string: put it in double quotes, or into the payload", i);
        }
        i = text(in, i + 1, "metadata");
        if (metadataBytes > EventLimits.MAX_METADATA_BYTES) {
            throw scanner.bad(
                    "metadata has more than " + EventLimits.MAX_METADATA_BYTES
                            + " bytes: put what is large into the payload",
                    at);
        }
        return i;
    }

    private void remember(byte[] in, int from, int to) throws EnvelopeException {
        if (entries == EventLimits.MAX_METADATA_ENTRIES) {
            throw scanner.bad(
                    "metadata has more than " + EventLimits.MAX_METADATA_ENTRIES
                            + " entries: put what is more into the payload",
                    from);
        }
        for (int e = 0; e < entries; e++) {
            if (sameKey(in, keys[2 * e], keys[2 * e + 1], from, to)) {
                throw scanner.bad("a metadata key is given twice: give it once", from);
            }
        }
        keys[2 * entries] = from;
        keys[2 * entries + 1] = to;
        entries++;
    }

    private boolean sameKey(byte[] in, int from, int to, int otherFrom, int otherTo) {
        if (escapedKeys) {
            return JsonText.text(in, from, to).equals(JsonText.text(in, otherFrom, otherTo));
        }
        return Arrays.equals(in, from, to, in, otherFrom, otherTo);
    }

    /** {@code type}, {@code message} and whatever else the sender adds: returns the position behind the object. */
    int error(byte[] in, int at) throws EnvelopeException {
        boolean type = false;
        boolean message = false;
        int i = open("error", at);
        while (scanner.byteAt(i) != '}') {
            int from = scanner.memberName(i);
            i = text(in, from, "error");
            String field = JsonText.text(in, from, i - 1);
            i = scanner.colon(i);
            switch (field) {
                case "type" -> {
                    i = errorText(in, i, "error.type", type);
                    type = true;
                }
                case "message" -> {
                    i = scanner.isNull(i) ? scanner.value(i) : errorText(in, i, "error.message", message);
                    message = true;
                }
                default -> i = scanner.value(i);
            }
            i = next("error", i);
        }
        if (!type) {
            throw scanner.bad("error has no type: give a word such as unavailable", i);
        }
        scanner.leave();
        return i + 1;
    }

    private int errorText(byte[] in, int at, String field, boolean again) throws EnvelopeException {
        if (again) {
            throw scanner.bad(field + " is given twice: give it once", at);
        }
        if (scanner.byteAt(at) != '"') {
            throw scanner.bad(field + " is not a string: put it in double quotes", at);
        }
        return text(in, at + 1, field);
    }

    private int open(String field, int at) throws EnvelopeException {
        if (scanner.byteAt(at) != '{') {
            throw scanner.bad(field + " is not an object: put it in braces", at);
        }
        scanner.enter(true, at);
        return scanner.space(at + 1);
    }

    /** Behind a member: at the next one, or at the closing brace. */
    private int next(String field, int at) throws EnvelopeException {
        int i = scanner.space(at);
        byte b = scanner.byteAt(i);
        if (b == '}') {
            return i;
        }
        if (b != ',') {
            throw scanner.bad("a comma or } is expected in " + field, i);
        }
        i = scanner.space(i + 1);
        scanner.memberName(i);
        return i;
    }

    /** Reads a string's inside, counts it as metadata, and refuses half characters. */
    private int text(byte[] in, int from, String field) throws EnvelopeException {
        scanner.escaped = false;
        scanner.loneSurrogate = -1;
        int end = scanner.string(from);
        if (scanner.loneSurrogate >= 0) {
            throw scanner.bad(field + " has half a surrogate pair: send both halves", scanner.loneSurrogate);
        }
        metadataBytes += scanner.escaped ? JsonText.decodedLength(in, from, end - 1) : end - 1 - from;
        return end;
    }
}
