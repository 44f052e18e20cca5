package com.busdk.broker.http.verbs;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.Backend.AckRequest;
import com.busdk.broker.backend.Backend.AckResult;
import com.busdk.broker.backend.Backend.Nack;
import com.busdk.broker.backend.Backend.Reject;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.client.identity.Identity;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code POST /api/v1/events/ack}: settles leases. Stateless, any event loop. */
public final class AckHandler implements HttpHandler {
    /** Tokens in one request. */
    private static final int MAX_TOKENS = 10_000;

    private static final Duration MAX_DELAY = Duration.ofHours(24);
    private static final int MAX_REASON_CHARS = 200;
    private static final Set<String> FIELDS = Set.of("group", "ack", "nack", "reject", "extend");
    private static final Set<String> NACK_FIELDS = Set.of("token", "delay", "reason");

    private final Backend backend;
    private final EventAccess access;
    private final BodyRoom room;
    private final InstantSource clock;

    /** @param clock the time of day, for tokens */
    public AckHandler(Backend backend, EventAccess access, BodyRoom room, InstantSource clock) {
        this.backend = backend;
        this.access = access;
        this.room = room;
        this.clock = clock;
    }

    @Override
    public Future<Void> handle(HttpServerRequest http, Identity identity) {
        ListenGate gate = new ListenGate(access, identity);
        return Bodies.object(http, FIELDS, room, identity, clock)
                .compose(body -> gate.explain(backend.ack(read(body, identity, gate))))
                .map(result -> Bodies.answer(room, http, json(result)));
    }

    private static AckRequest read(JsonNode body, Identity identity, ListenGate gate) {
        String group = Callers.groupName(Bodies.optionalText(body, "group"));
        List<String> ack = tokens(body, "ack");
        List<String> extend = tokens(body, "extend");
        List<Nack> nack = new ArrayList<>();
        for (JsonNode one : array(body, "nack")) {
            nack.add(nack(one));
        }
        List<Reject> reject = new ArrayList<>();
        for (JsonNode one : array(body, "reject")) {
            Nack read = nack(one);
            reject.add(new Reject(read.token(), read.reason()));
        }
        int count = ack.size() + nack.size() + reject.size() + extend.size();
        if (count > MAX_TOKENS) {
            throw Bodies.bad("more than " + MAX_TOKENS + " tokens; send them in several requests");
        }
        return new AckRequest(group, identity.subject(), Callers.view(identity), gate, ack, nack, reject, extend);
    }

    private static Nack nack(JsonNode one) {
        if (one.isTextual()) {
            return new Nack(one.textValue(), -1, null);
        }
        if (!one.isObject()) {
            throw Bodies.bad("what is given back is a token, or an object with token, delay and reason");
        }
        one.fieldNames().forEachRemaining(field -> {
            if (!NACK_FIELDS.contains(field)) {
                throw Bodies.bad("what is given back has token, delay and reason, nothing else");
            }
        });
        String delay = Bodies.optionalText(one, "delay");
        long millis = -1;
        if (delay != null) {
            Duration wait = Callers.duration("delay", delay);
            if (wait.isNegative() || wait.compareTo(MAX_DELAY) > 0) {
                throw Bodies.bad("the field delay is 0s to 24h");
            }
            millis = wait.toMillis();
        }
        String reason = Bodies.optionalText(one, "reason");
        return new Nack(
                Bodies.text(one, "token"), millis, reason == null ? null : Echo.clean(reason, MAX_REASON_CHARS));
    }

    private static List<String> tokens(JsonNode body, String field) {
        List<String> tokens = new ArrayList<>();
        for (JsonNode token : array(body, field)) {
            if (!token.isTextual()) {
                throw Bodies.bad("the field " + field + " is an array of tokens, which are strings");
            }
            tokens.add(token.textValue());
        }
        return tokens;
    }

    private static JsonNode array(JsonNode body, String field) {
        JsonNode array = body.path(field);
        if (array.isMissingNode() || array.isNull()) {
            return Bodies.json().createArrayNode();
        }
        if (!array.isArray()) {
            throw Bodies.bad("the field " + field + " is an array");
        }
        return array;
    }

    private static ObjectNode json(AckResult result) {
        ObjectNode json = Bodies.json().createObjectNode();
        json.put("ack", result.ack());
        json.put("nack", result.nack());
        json.put("reject", result.reject());
        json.put("extend", result.extend());
        echo(json.putArray("stale"), result.stale());
        echo(json.putArray("unknown"), result.unknown());
        return json;
    }

    /** Tokens as they were given, so that the caller finds them again; of a longer text only the start. */
    private static void echo(ArrayNode array, List<String> tokens) {
        tokens.forEach(token -> array.add(Echo.clean(token, Echo.MAX_CHARS)));
    }
}
