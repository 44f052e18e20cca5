package com.busdk.gateway.auth;

import com.busdk.gateway.auth.Account.Status;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.ApiHandler;
import com.busdk.gateway.http.Metrics;
import com.busdk.gateway.http.Route;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The paths of the auth service. Stateless. */
final class AuthRoutes {
    /** An address of 254 characters, a few scopes and a reason have room many times over. */
    private static final int MAX_BODY_BYTES = 8 << 10;

    /** Where the service's public paths are. */
    static final String ROOT = "/api/v1/auth";

    private static final String OPENAPI = "openapi.yaml";

    private AuthRoutes() {}

    /** What answers. */
    record Handlers(
            PublicHandlers open,
            SessionHandlers sessions,
            OperatorHandlers operators,
            Supplier<Future<byte[]>> jwks,
            Metrics metrics,
            Supplier<Future<Void>> ready) {}

    static List<Route> of(Vertx vertx, Handlers handlers) {
        List<Route> routes = new ArrayList<>(List.of(
                post("/register", handlers.open()::register),
                post("/otp/request", handlers.open()::requestCode),
                post("/otp/verify", handlers.open()::verify),
                get("/status", handlers.sessions()::status),
                get("/me", handlers.sessions()::status),
                post("/token", handlers.sessions()::token),
                post("/token/refresh", handlers.sessions()::refresh),
                post("/logout", handlers.sessions()::logout),
                get("/check", handlers.sessions()::check),
                get("/admin/waitlist", handlers.operators()::waitlist),
                post("/admin/approve", call -> handlers.operators().decide(call, Status.APPROVED)),
                post("/admin/reject", call -> handlers.operators().decide(call, Status.REJECTED)),
                Route.byHandler(
                        HttpMethod.POST,
                        "/api/internal/auth/token",
                        MAX_BODY_BYTES,
                        handlers.operators()::internalToken)));
        Answer openApi = new Answer(200, "application/yaml", openApi());
        routes.add(Route.open(
                "/.well-known/jwks.json",
                () -> handlers.jwks()
                        .get()
                        .map(keys -> new Answer(200, "application/jwk-set+json", Buffer.buffer(keys)))));
        routes.add(Route.open(ROOT + "/openapi.yaml", () -> Future.succeededFuture(openApi)));
        routes.add(Route.open("/healthz", () -> Future.succeededFuture(Answer.ok())));
        routes.add(Route.open("/readyz", () -> handlers.ready().get().map(_ -> Answer.ok())));
        routes.add(Route.open("/metrics", () -> handlers.metrics().scrape(vertx)));
        return routes;
    }

    /** The description of these paths. */
    static Buffer openApi() {
        try (InputStream in = AuthRoutes.class.getResourceAsStream(OPENAPI)) {
            if (in == null) {
                throw new IllegalStateException(OPENAPI + " is not on the class path");
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(OPENAPI + " cannot be read", e);
        }
    }

    private static Route get(String path, ApiHandler handler) {
        return Route.byHandler(HttpMethod.GET, ROOT + path, 0, handler);
    }

    private static Route post(String path, ApiHandler handler) {
        return Route.byHandler(HttpMethod.POST, ROOT + path, MAX_BODY_BYTES, handler);
    }
}
