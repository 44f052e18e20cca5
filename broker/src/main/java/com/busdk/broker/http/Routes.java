package com.busdk.broker.http;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.exchange.HttpHandler;
import com.busdk.broker.http.stream.StreamHandler;
import com.busdk.broker.http.verbs.AckHandler;
import com.busdk.broker.http.verbs.DeadLettersHandler;
import com.busdk.broker.http.verbs.InspectHandlers;
import com.busdk.broker.http.verbs.Questions;
import com.busdk.broker.http.verbs.RequestHandler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;

/** Puts the handlers to their paths. */
final class Routes {
    private Routes() {}

    /** The routes of one event loop. */
    static RouteTable of(Vertx vertx, HttpSettings settings, HttpParts parts, Failures failures, BodyRoom room) {
        Backend backend = parts.backend();
        EventAccess access = parts.access();
        Callers callers = new Callers(parts.rate());
        RouteTable routes = new RouteTable();
        routes.at(RouteTable.EVENTS)
                .on(
                        HttpMethod.POST,
                        new PublishHandler(
                                backend,
                                access,
                                callers,
                                failures,
                                parts.stats(),
                                parts.state(),
                                room,
                                settings.maxEventBytes(),
                                parts.clock()));
        routes.at(RouteTable.STREAM)
                .on(
                        HttpMethod.GET,
                        ConnectionGuard.patient(new StreamHandler(
                                vertx,
                                backend,
                                access,
                                settings.streams(),
                                parts.stats().streams(),
                                parts.streams(),
                                parts.clock())));
        HttpHandler request = new RequestHandler(
                vertx,
                backend,
                access,
                room,
                settings.maxEventBytes(),
                ConnectionGuard::awaitAnswer,
                parts.state()::refuseWhenStopping,
                parts.clock());
        routes.at(RouteTable.EVENTS + "/request").on(HttpMethod.POST, WithBody.of((http, identity) -> {
            callers.of(identity).takeOne();
            return request.handle(http, identity);
        }));
        addVerbs(routes, parts, access, room);
        addOpen(vertx, routes, parts, room);
        return routes;
    }

    private static void addVerbs(RouteTable routes, HttpParts parts, EventAccess access, BodyRoom room) {
        Backend backend = parts.backend();
        Questions questions = new Questions();
        InspectHandlers inspect = new InspectHandlers(backend, access, room, questions);
        DeadLettersHandler dead = new DeadLettersHandler(backend, access, room, questions, parts.clock());
        routes.at(RouteTable.EVENTS + "/ack")
                .on(HttpMethod.POST, WithBody.of(new AckHandler(backend, access, room, parts.clock())));
        routes.at(RouteTable.EVENTS + "/groups").on(HttpMethod.GET, inspect.groups());
        routes.at(RouteTable.EVENTS + "/names").on(HttpMethod.GET, inspect.names());
        routes.at(RouteTable.EVENTS + "/dead-letters")
                .on(HttpMethod.GET, dead.list())
                .on(HttpMethod.DELETE, WithBody.of(dead.purge()));
        routes.at(RouteTable.EVENTS + "/dead-letters/redrive").on(HttpMethod.POST, WithBody.of(dead.redrive()));
        routes.at(RouteTable.EVENT)
                .on(
                        HttpMethod.GET,
                        (http, identity) -> inspect.event(http, identity, RouteTable.eventId(Dispatcher.path(http))));
    }

    private static void addOpen(Vertx vertx, RouteTable routes, HttpParts parts, BodyRoom room) {
        HealthHandlers health = new HealthHandlers(parts.backend(), parts.state(), room);
        routes.at("/healthz").onOpen(HttpMethod.GET, health::healthz);
        routes.at("/readyz").onOpen(HttpMethod.GET, health::readyz);
        Documents documents = new Documents(vertx, parts.metrics(), parts.openApi(), room);
        routes.at("/metrics").onOpen(HttpMethod.GET, documents::metrics);
        routes.at("/openapi.yaml").onOpen(HttpMethod.GET, documents::openApi);
    }
}
