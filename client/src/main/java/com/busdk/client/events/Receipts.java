package com.busdk.client.events;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads the service's answers. */
final class Receipts {
    private Receipts() {}

    static PublishReceipt publish(JsonNode answer) {
        if (!answer.path("id").isTextual()) {
            throw notThisService();
        }
        return new PublishReceipt(
                answer.path("id").asText(),
                answer.path("name").asText(),
                answer.path("sequence").asLong(),
                answer.path("duplicate").asBoolean());
    }

    static BatchReceipt batch(JsonNode answer) {
        if (!answer.path("count").isIntegralNumber()) {
            throw notThisService();
        }
        return new BatchReceipt(
                answer.path("count").asLong(),
                answer.path("firstId").asText(null),
                answer.path("lastId").asText(null));
    }

    static AckReceipt ack(JsonNode answer) {
        return new AckReceipt(
                answer.path("ack").asInt(),
                answer.path("nack").asInt(),
                answer.path("reject").asInt(),
                answer.path("extend").asInt(),
                strings(answer.path("stale")),
                strings(answer.path("unknown")));
    }

    private static List<String> strings(JsonNode array) {
        List<String> texts = new ArrayList<>(array.size());
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    private static ApiException notThisService() {
        return ApiException.of(
                ErrorType.BAD_GATEWAY,
                "the answer is not that of an events service: check that the URL is that of one");
    }
}
