package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.util.stream.Collectors;

/**
 * Payloads as records, and records as payloads. Unknown fields are ignored, so that a newer caller can talk to an older
 * worker.
 *
 * <p>Example: {@code Payload.as(request, DeleteRun.class).runId()}.
 */
public final class Payload {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            // A number is no text, nor a text a number: taken for one another they would mean what nobody has written.
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    config -> config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private Payload() {}

    /**
     * Reads a payload.
     *
     * @param <T> what it should be
     * @param event has the payload
     * @param type a record or class that Jackson can fill
     * @return the payload
     * @throws ApiException {@code bad_request} if it is something else; the message names the field
     */
    public static <T> T as(Envelope event, Class<T> type) {
        T value;
        try {
            value = MAPPER.readValue(event.payload(), type);
        } catch (JsonMappingException e) {
            String path = e.getPath().stream()
                    .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                    .collect(Collectors.joining());
            throw wrong("payload" + Echo.of(path) + " is not what " + event.name() + " takes: " + Echo.of(reason(e)));
        } catch (JsonProcessingException e) {
            throw wrong("payload is not JSON");
        }
        if (value == null) {
            throw wrong("payload is null: " + event.name() + " takes an object");
        }
        return value;
    }

    /**
     * Writes a payload.
     *
     * @param value a record, a map, a tree
     * @return its JSON text
     */
    public static String of(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    /** The constructor's own words where it refused a value, else the parser's. */
    private static String reason(JsonMappingException e) {
        Throwable cause = e.getCause();
        String own = cause instanceof IllegalArgumentException ? cause.getMessage() : null;
        return own == null ? e.getOriginalMessage() : own;
    }

    private static ApiException wrong(String message) {
        return ApiException.of(ErrorType.BAD_REQUEST, message);
    }
}
