package com.busdk.broker.http.verbs;

import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads bounded bodies and writes JSON answers. Stateless; on the event loop of the connection. */
public final class Bodies {
    /** A body of one of the verbs: 10,000 tokens or ids are below half of that. */
    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_NESTING = 16;
    private static final CharSequence JSON_TYPE = HttpHeaders.createOptimized("application/json");

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_NESTING)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Bodies() {}

    static ObjectMapper json() {
        return JSON;
    }

    /**
     * The body, at most that long.
     *
     * @param room has what has come of it, until all has
     * @param identity the caller, whose token is looked at again when all has come, which may be a minute later
     * @param clock the time of day
     * @return fails with 415 where the request says it is no JSON, with 413 where it is longer, with 503 where too many
     *     are on their way, with 401 where the token has expired meanwhile
     */
    static Future<byte[]> read(
            HttpServerRequest request, int maxBytes, BodyRoom room, Identity identity, InstantSource clock) {
        refuseOtherTypes(request);
        PromiseInternal<byte[]> promise = ContextInternal.current().promise();
        Reading reading = new Reading(request, maxBytes, room, promise);
        room.begin(reading, request);
        request.handler(reading::chunk);
        request.endHandler(_ -> reading.end());
        request.exceptionHandler(reading::fail);
        return promise.future().map(bytes -> {
            if (identity.expired(clock.millis() / 1000)) {
                throw ApiException.of(
                        ErrorType.INVALID_AUTH,
                        "The token has expired while the body came in: send it again with a new one. Get a token with:"
                                + " bus auth token");
            }
            return bytes;
        });
    }

    /** One body. It holds nothing any more when it is over, since the request that holds it may wait for long. */
    private static final class Reading extends BodyRoom.Body {
        private final HttpServerRequest request;
        private final int maxBytes;
        private final BodyRoom room;
        private final PromiseInternal<byte[]> promise;
        private Buffer body = Buffer.buffer();
        private boolean over;

        Reading(HttpServerRequest request, int maxBytes, BodyRoom room, PromiseInternal<byte[]> promise) {
            this.request = request;
            this.maxBytes = maxBytes;
            this.room = room;
            this.promise = promise;
        }

        void chunk(Buffer chunk) {
            if (over) {
                return;
            }
            int length = body.length() + chunk.length();
            if (length > maxBytes) {
                fail(ApiException.of(
                        ErrorType.PAYLOAD_TOO_LARGE,
                        "the body has more than " + maxBytes + " bytes; send it in parts"));
                return;
            }
            try {
                room.hold(this, length);
                body.appendBuffer(chunk);
            } catch (ApiException e) {
                fail(e);
            }
        }

        void end() {
            byte[] bytes = body.getBytes();
            letGo();
            promise.tryComplete(bytes);
        }

        void fail(Throwable problem) {
            letGo();
            promise.tryFail(problem);
        }

        @Override
        protected void late() {
            letGo();
            BodyRoom.cut(request);
        }

        private void letGo() {
            room.end(this);
            body = Buffer.buffer();
            over = true;
        }
    }

    private static void refuseOtherTypes(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String main = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!main.equals("application/json")) {
            throw ApiException.of(
                    ErrorType.UNSUPPORTED_MEDIA_TYPE, "this takes a body with Content-Type: application/json");
        }
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw ApiException.of(
                    ErrorType.UNSUPPORTED_MEDIA_TYPE,
                    "compressed bodies are not taken; send it without Content-Encoding");
        }
    }

    /** The JSON object in the body of one of the verbs, with no other fields than these; fails as {@link #read} does. */
    static Future<JsonNode> object(
            HttpServerRequest request, Set<String> fields, BodyRoom room, Identity identity, InstantSource clock) {
        return read(request, MAX_BYTES, room, identity, clock).map(bytes -> parse(bytes, fields));
    }

    private static JsonNode parse(byte[] bytes, Set<String> fields) {
        JsonNode node;
        try {
            node = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : e.getLocation().getByteOffset();
            throw bad("the body is not JSON, from byte " + Math.max(0, at) + " on, or nests or repeats itself");
        } catch (IOException e) {
            throw bad("the body cannot be read as JSON");
        }
        if (node == null || !node.isObject()) {
            throw bad("the body is a JSON object with "
                    + String.join(", ", fields.stream().sorted().toList()));
        }
        node.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                throw bad("the body has a field that is not known here; it takes "
                        + String.join(", ", fields.stream().sorted().toList()));
            }
        });
        return node;
    }

    /** A text field that must be there. */
    static String text(JsonNode node, String field) {
        String text = optionalText(node, field);
        if (text == null) {
            throw bad("the field " + field + " is missing");
        }
        return text;
    }

    static @Nullable String optionalText(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw bad("the field " + field + " is a string");
        }
        return value.textValue();
    }

    static ApiException bad(String what) {
        return ApiException.of(ErrorType.BAD_REQUEST, what);
    }

    /** Answers 200 with JSON. */
    static @Nullable Void answer(BodyRoom room, HttpServerRequest request, Buffer json) {
        HttpServerResponse response = request.response();
        if (!response.closed()) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE);
            response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
            room.answer(request, json);
        }
        return null;
    }

    static @Nullable Void answer(BodyRoom room, HttpServerRequest request, JsonNode json) {
        try {
            return answer(room, request, Buffer.buffer(JSON.writeValueAsBytes(json)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer could not be written", e);
        }
    }
}
