package com.busdk.broker.http.verbs;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.backend.Backend.EventInfo;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.NameInfo;
import com.busdk.broker.backend.Backend.Names;
import com.busdk.broker.backend.Backend.Standing;
import com.busdk.broker.backend.EventId;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.exchange.Query;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Looking at groups, names and single events. One for each event loop, on it alone. */
public final class InspectHandlers {
    /** Names in one answer; {@code after} asks for the next ones. */
    private static final int MAX_NAMES = 10_000;

    private final Backend backend;
    private final EventAccess access;
    private final Turns turns = new Turns();
    private final BodyRoom room;
    private final Questions questions;

    public InspectHandlers(Backend backend, EventAccess access, BodyRoom room, Questions questions) {
        this.backend = backend;
        this.access = access;
        this.room = room;
        this.questions = questions;
    }

    /** {@code GET /api/v1/events/groups}. */
    public HttpHandler groups() {
        return this::groups;
    }

    /** {@code GET /api/v1/events/names}. */
    public HttpHandler names() {
        return this::names;
    }

    /**
     * {@code GET /api/v1/events/{id}}.
     *
     * @param id the last part of the path
     */
    public Future<Void> event(HttpServerRequest http, Identity identity, String id) {
        Query.parse(http.query()).refuseOthers();
        EventId wanted = EventId.parse(id);
        if (wanted == null) {
            throw noSuchEvent();
        }
        String view = Callers.view(identity);
        return questions
                .ask(identity.subject(), () -> backend.event(wanted, view, Callers.mayListen(access, identity)))
                .map(found -> {
                    if (found == null) {
                        throw noSuchEvent();
                    }
                    return Bodies.answer(
                            room, http, json(found, owner -> identity.admin() || Objects.equals(owner, view)));
                });
    }

    private static ApiException noSuchEvent() {
        return ApiException.of(
                ErrorType.NOT_FOUND, "there is no such event: it never was, is no longer retained, or is not yours");
    }

    private Future<Void> groups(HttpServerRequest http, Identity identity) {
        Query query = Query.parse(http.query());
        String name = query.one("name");
        query.refuseOthers();
        Callers.requireListen(access, identity, name);
        String view = Callers.view(identity);
        boolean ofOthersToo = identity.admin();
        String user = ofOthersToo ? null : view;
        return turns.take(
                        user,
                        () -> questions.ask(
                                identity.subject(),
                                () -> backend.groups(user, name, Callers.mayListen(access, identity))))
                .map(groups -> groups.stream()
                        .filter(group -> ofOthersToo || Objects.equals(group.owner(), view))
                        .toList())
                .map(groups -> Bodies.answer(room, http, groupsJson(groups)));
    }

    static ObjectNode groupsJson(List<GroupInfo> groups) {
        ObjectNode json = Bodies.json().createObjectNode();
        ArrayNode array = json.putArray("groups");
        for (GroupInfo group : groups) {
            ObjectNode one = array.addObject();
            one.put("group", group.group());
            one.put("name", group.name());
            one.put("owner", group.owner());
            ArrayNode consumers = one.putArray("consumers");
            group.consumers()
                    .forEach(consumer -> consumers
                            .addObject()
                            .put("consumer", consumer.consumer())
                            .put("in_flight", consumer.inFlight())
                            .put("max_in_flight", consumer.maxInFlight()));
            one.put("lag", group.lag());
            if (group.lagIsAtLeast()) {
                one.put("lagIsAtLeast", true);
            }
            one.put("in_flight", group.inFlight());
            one.put("waiting", group.waiting());
            one.put("redeliveries", group.redeliveries());
            one.put("dead_letters", group.deadLetters());
            one.put("idle_because", group.idleBecause());
        }
        return json;
    }

    private Future<Void> names(HttpServerRequest http, Identity identity) {
        Query query = Query.parse(http.query());
        String after = query.read("after", "", value -> value);
        int limit = (int) query.number("limit", MAX_NAMES, 1, MAX_NAMES);
        query.refuseOthers();
        String view = Callers.view(identity);
        return turns.take(
                        view,
                        () -> questions.ask(
                                identity.subject(),
                                () -> backend.names(view, Callers.mayListen(access, identity), after, limit)))
                .map(names -> Bodies.answer(room, http, namesJson(names)));
    }

    /** What is cut says so; where nothing is, there are no fields about it. */
    static ObjectNode namesJson(Names names) {
        ObjectNode json = Bodies.json().createObjectNode();
        ArrayNode array = json.putArray("names");
        for (NameInfo name : names.names()) {
            ObjectNode one = array.addObject().put("name", name.name()).put("count", name.count());
            if (name.countIsAtLeast()) {
                one.put("countIsAtLeast", true);
            }
            one.put("lastId", name.lastId().toString()).put("lastTime", Callers.time(name.lastTimeMicros()));
        }
        if (names.more()) {
            json.put("more", true);
        }
        if (names.incomplete()) {
            json.put("incomplete", true);
        }
        return json;
    }

    /** @param showsGroupsOf whether groups of that owner, null for all identities, are the caller's to see */
    private static ObjectNode json(EventInfo event, Predicate<@Nullable String> showsGroupsOf) {
        ObjectNode json = Bodies.json().createObjectNode();
        json.putRawValue("event", new RawValue(event.line()));
        ArrayNode groups = json.putArray("groups");
        for (Standing standing : event.groups()) {
            if (!showsGroupsOf.test(standing.owner())) {
                continue;
            }
            ObjectNode one = groups.addObject();
            one.put("group", standing.group());
            if (standing.owner() != null) {
                one.put("owner", standing.owner());
            }
            one.put("state", standing.state());
            one.put("attempts", standing.attempts());
            if (standing.consumer() != null) {
                one.put("consumer", standing.consumer());
            }
            if (standing.until() > 0) {
                one.put("until", Callers.time(standing.until() * 1000));
            }
        }
        return json;
    }
}
