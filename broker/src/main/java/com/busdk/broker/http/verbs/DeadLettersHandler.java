package com.busdk.broker.http.verbs;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.Backend.DeadLetter;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.identity.Identity;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/events/dead-letters}: what a group has given up. Looking needs what the stream needs; giving back and
 * forgetting need the scope {@code events:admin}, and so does a service that names the user whose group is meant: nobody
 * else could help where a user does not. One for each event loop, on it alone.
 */
public final class DeadLettersHandler {
    /** Dead letters in one answer, fewer where they are large; {@code after} asks for the next ones. */
    private static final int MAX_LISTED = 1_000;

    private static final int MAX_IDS = 10_000;
    private static final Set<String> FIELDS = Set.of("group", "owner", "ids", "all");

    private final Backend backend;
    private final EventAccess access;
    private final BodyRoom room;
    private final Questions questions;
    private final InstantSource clock;

    /** @param clock the time of day, for tokens */
    public DeadLettersHandler(
            Backend backend, EventAccess access, BodyRoom room, Questions questions, InstantSource clock) {
        this.backend = backend;
        this.access = access;
        this.room = room;
        this.questions = questions;
        this.clock = clock;
    }

    /** {@code GET}. */
    public HttpHandler list() {
        return this::list;
    }

    /** {@code POST …/redrive}. */
    public HttpHandler redrive() {
        return (http, identity) -> settle(http, identity, true);
    }

    /** {@code DELETE}. */
    public HttpHandler purge() {
        return (http, identity) -> settle(http, identity, false);
    }

    private Future<Void> list(HttpServerRequest http, Identity identity) {
        Query query = Query.parse(http.query());
        String group = Callers.groupName(query.one("group"));
        String owner = query.one("owner");
        String name = query.one("name");
        EventId after = query.readIfGiven("after", DeadLettersHandler::id);
        int limit = (int) query.number("limit", MAX_LISTED, 1, MAX_LISTED);
        query.refuseOthers();
        String view = Callers.view(access, identity, owner);
        Callers.requireListen(access, identity, name);
        ListenGate gate = new ListenGate(access, identity);
        // A group that has no events of that name has no dead letters of it: that is an empty list, not a 404.
        Predicate<String> mayListen = name == null ? gate : _ -> true;
        return questions
                .ask(
                        identity.subject(),
                        () -> gate.explain(backend.deadLetters(group, view, name, mayListen, after, limit)))
                .map(letters -> Bodies.answer(room, http, json(letters)));
    }

    private static @Nullable EventId id(String text) {
        EventId id = EventId.parse(text);
        if (id == null) {
            throw new IllegalArgumentException("it is the id of an event, as evt_ and 26 hex digits");
        }
        return id;
    }

    private static ObjectNode json(List<DeadLetter> letters) {
        ObjectNode json = Bodies.json().createObjectNode();
        ArrayNode array = json.putArray("dead_letters");
        for (DeadLetter letter : letters) {
            ObjectNode one = array.addObject();
            one.put("id", letter.id().toString());
            one.put("name", letter.name());
            if (letter.line() == null) {
                one.putNull("event");
            } else {
                one.putRawValue("event", new RawValue(letter.line()));
            }
            one.put("attempts", letter.attempts());
            one.put("reason", letter.reason());
            one.put("time", Callers.time(letter.timeMicros()));
        }
        return json;
    }

    private Future<Void> settle(HttpServerRequest http, Identity identity, boolean redrive) {
        Callers.require(access.requireAdmin(identity));
        return Bodies.object(http, FIELDS, room, identity, clock)
                .compose(body -> backend.settleDeadLetters(
                        Callers.groupName(Bodies.optionalText(body, "group")),
                        Callers.view(access, identity, Bodies.optionalText(body, "owner")),
                        idsOrAll(body),
                        redrive))
                .map(count -> Bodies.answer(
                        room, http, Bodies.json().createObjectNode().put("count", count)));
    }

    private static @Nullable List<EventId> idsOrAll(JsonNode body) {
        JsonNode all = body.path("all");
        JsonNode ids = body.path("ids");
        if (!all.isMissingNode() && !all.isBoolean()) {
            throw Bodies.bad("the field all is true");
        }
        boolean everything = all.asBoolean();
        if (everything == ids.isArray() || !ids.isMissingNode() && !ids.isArray()) {
            throw Bodies.bad("say which dead letters: either \"ids\":[\"evt_…\"] or \"all\":true");
        }
        if (everything) {
            return null;
        }
        if (ids.size() > MAX_IDS) {
            throw Bodies.bad("more than " + MAX_IDS + " ids; send them in several requests");
        }
        List<EventId> read = new ArrayList<>(ids.size());
        for (JsonNode text : ids) {
            EventId id = text.isTextual() ? EventId.parse(text.textValue()) : null;
            if (id == null) {
                throw Bodies.bad("ids are ids of events, as evt_ and 26 hex digits");
            }
            read.add(id);
        }
        return read;
    }
}
