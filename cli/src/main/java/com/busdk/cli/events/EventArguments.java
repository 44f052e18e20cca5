package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.client.event.Envelope;
import com.busdk.client.text.Echo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an event of what a user typed. Stateless. */
final class EventArguments {
    /** No service takes an event that large; a larger input is another file. */
    static final int MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

    private EventArguments() {}

    /**
     * What can be said about an event on the command line.
     *
     * @param name its name
     * @param payload JSON, {@code @file} or {@code -}; null for none
     * @param correlationId null for none
     * @param metadata {@code key=value} each
     * @param idempotencyKey null for none
     * @param key null for none
     */
    record Typed(
            String name,
            @Nullable String payload,
            @Nullable String correlationId,
            List<String> metadata,
            @Nullable String idempotencyKey,
            @Nullable String key) {

        /**
         * Refuses what can be seen without opening a file.
         *
         * @throws CliException usage
         */
        void check() {
            String json = payload == null || isReference(payload) ? "null" : payload;
            envelope(json, "--payload");
        }

        /**
         * The event, with its payload read from where it is.
         *
         * @throws CliException usage, when it is not one
         */
        Envelope read(Invocation invocation) throws IOException {
            if (payload == null) {
                return envelope("null", "--payload");
            }
            if (payload.equals("-")) {
                return envelope(text(invocation.in(), "standard input"), "the payload on standard input");
            }
            if (payload.startsWith("@")) {
                String name = payload.substring(1);
                try (InputStream in = Files.newInputStream(invocation.resolve(name))) {
                    return envelope(text(in, name), "the payload in " + name);
                }
            }
            return envelope(payload, "--payload");
        }

        private Envelope envelope(String json, String where) {
            try {
                Envelope.Builder builder = Envelope.builder(name)
                        .correlationId(correlationId)
                        .idempotencyKey(idempotencyKey)
                        .key(key)
                        .metadata(entries(metadata));
                // First without the payload: then what is wrong with the second is wrong with the payload.
                builder.build();
                return payload(builder, json, where);
            } catch (IllegalArgumentException e) {
                throw CliException.usage(String.valueOf(e.getMessage()));
            }
        }

        private static Envelope payload(Envelope.Builder builder, String json, String where) {
            try {
                return builder.payload(json).build();
            } catch (IllegalArgumentException e) {
                throw CliException.usage(
                        Echo.of(where) + ": " + e.getMessage() + " (a text needs quotes of its own: '\"text\"')");
            }
        }
    }

    private static boolean isReference(String payload) {
        return payload.equals("-") || payload.startsWith("@");
    }

    private static Map<String, String> entries(List<String> typed) {
        var entries = new LinkedHashMap<String, String>();
        for (String entry : typed) {
            int equals = entry.indexOf('=');
            if (equals < 1) {
                throw CliException.usage("--meta '" + Echo.of(entry) + "' is not of the form key=value");
            }
            entries.put(entry.substring(0, equals), entry.substring(equals + 1));
        }
        return entries;
    }

    private static String text(InputStream in, String where) throws IOException {
        byte[] bytes = in.readNBytes(MAX_PAYLOAD_BYTES + 1);
        if (bytes.length > MAX_PAYLOAD_BYTES) {
            throw CliException.usage("the payload in " + where + " is larger than 64 MiB: publish something smaller");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw CliException.usage("the payload in " + where + " is not UTF-8");
        }
    }
}
