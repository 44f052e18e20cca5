package com.busdk.client.events;

import com.busdk.client.config.GoDuration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/** Writes the body of an acknowledgement. */
final class AckJson {
    private static final JsonFactory JSON = new JsonFactory();

    /** About what a token takes. */
    private static final int TOKEN_BYTES = 64;

    private AckJson() {}

    static Buffer write(AckRequest request) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(TOKEN_BYTES * (request.size() + 1));
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("group", request.group());
            tokens(json, "ack", request.ack());
            nacks(json, request.nack());
            rejects(json, request.reject());
            tokens(json, "extend", request.extend());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Buffer.buffer(out.toByteArray());
    }

    private static void tokens(JsonGenerator json, String field, List<String> tokens) throws IOException {
        if (tokens.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(field);
        for (String token : tokens) {
            json.writeString(token);
        }
        json.writeEndArray();
    }

    private static void nacks(JsonGenerator json, List<AckRequest.Nack> nacks) throws IOException {
        if (nacks.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("nack");
        for (AckRequest.Nack nack : nacks) {
            json.writeStartObject();
            json.writeStringField("token", nack.token());
            Duration delay = nack.delay();
            if (delay != null) {
                json.writeStringField("delay", GoDuration.format(delay));
            }
            String reason = nack.reason();
            if (reason != null) {
                json.writeStringField("reason", reason);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void rejects(JsonGenerator json, List<AckRequest.Reject> rejects) throws IOException {
        if (rejects.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("reject");
        for (AckRequest.Reject reject : rejects) {
            json.writeStartObject();
            json.writeStringField("token", reject.token());
            String reason = reject.reason();
            if (reason != null) {
                json.writeStringField("reason", reason);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
