package com.busdk.gateway.vm;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.http.Route;
import com.busdk.gateway.provider.Provider;
import com.busdk.gateway.provider.ProviderParts;
import com.busdk.gateway.usage.Use;
import com.busdk.gateway.vm.VmBackend.Action;
import com.busdk.gateway.vm.VmBackend.Ask;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The VM API as a service.
 *
 * <pre>{@code
 * VmProviderOptions options = VmProviderOptions.read(Map.of("addr", "127.0.0.1:0"), System.getenv());
 * VmProvider.start(vertx, options).onSuccess(provider -> log.info("at {}", provider.url()));
 * }</pre>
 *
 * <p>Any thread may start and stop it; requests are served on event loops.
 */
public final class VmProvider extends Provider {
    private static final String READ = "vm:read";
    private static final String WRITE = "vm:write";

    /** An object that names a runtime is a line. */
    private static final int MAX_BODY_BYTES = 4 << 10;

    private static final Pattern RUNTIME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final VmBackend backend;

    /** Changes that have no answer yet: as many as there may be open questions. */
    private final Set<Promise<Void>> underWay = ConcurrentHashMap.newKeySet();

    private final Duration wait;

    private VmProvider(ProviderParts parts, VmBackend backend, Duration wait) {
        super(parts);
        this.backend = backend;
        this.wait = wait;
        parts.onClose(this::giveUp);
    }

    /**
     * Starts it.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the provider, listening; fails with a message for the operator
     */
    public static Future<VmProvider> start(Vertx vertx, VmProviderOptions options) {
        return ProviderParts.create(vertx, options.common(), "bus.vm.api").compose(parts -> {
            boolean events = options.backend() == VmProviderOptions.Backend.EVENTS;
            VmBackend backend =
                    events ? new EventsVm(parts.requests(), options.common().requestTimeout()) : new StaticVm();
            VmProvider provider =
                    new VmProvider(parts, backend, options.common().requestTimeout());
            if (events) {
                // Without a worker there is no response to look for: it would call lost what others have done.
                parts.sweepUsage(ChangeUses.all(), () -> true);
            }
            return parts.open(provider.routes(), events ? EventsVm.RESPONSES : List.of())
                    .map(provider);
        });
    }

    private List<Route> routes() {
        return List.of(
                Route.scoped(HttpMethod.GET, "/api/v1/vm/status", READ, 0, this::status),
                Route.scoped(
                        HttpMethod.POST, "/api/v1/vm/start", WRITE, MAX_BODY_BYTES, call -> change(call, Action.START)),
                Route.scoped(
                        HttpMethod.POST, "/api/v1/vm/stop", WRITE, MAX_BODY_BYTES, call -> change(call, Action.STOP)));
    }

    private Future<Answer> status(Call call) {
        ObjectNode payload = Json.object();
        call.query("runtime").ifPresent(name -> payload.put("runtime", checked(name)));
        String operation = UUID.randomUUID().toString();
        return backend.status(new Ask(call.caller().subject(), call.requestId(), operation, payload))
                .map(status -> {
                    ObjectNode body = Json.object();
                    body.set("status", status);
                    return Answer.json(200, body);
                });
    }

    /** Entitlement, then the record, then the worker: what is denied is neither recorded nor begun. */
    private Future<Answer> change(Call call, Action action) {
        String owner = call.caller().subject();
        // Ours, and not the caller's request id: one that comes again would hide what it uses.
        String operation = UUID.randomUUID().toString();
        Ask ask = new Ask(owner, call.requestId(), operation, runtime(call.body()));
        Use use =
                new Use(ChangeUses.kind(action), operation, owner, Json.object().put("request_id", call.requestId()));
        return parts.billing()
                .require(owner, WRITE)
                .compose(_ -> parts.usage().before(use.requested(wait)))
                .compose(_ -> changed(ask, action)
                        .onSuccess(_ -> parts.usage().after(use.finished(Instant.now(), Json.object())))
                        .onFailure(
                                failure -> parts.usage().after(use.failed(Instant.now(), ProviderParts.word(failure)))))
                .map(_ -> Answer.json(202, Json.object().put("accepted", true).put("action", action.word())));
    }

    /**
     * Has it done. What throws is a failure like any other, and a stop does not wait for longer than for the answer: the
     * record that it was asked for does not stay alone.
     */
    private Future<Void> changed(Ask ask, Action action) {
        Promise<Void> outcome = Promise.promise();
        underWay.add(outcome);
        Future.succeededFuture().compose(_ -> backend.change(ask, action)).onComplete(done -> {
            underWay.remove(outcome);
            if (done.succeeded()) {
                outcome.tryComplete();
            } else {
                outcome.tryFail(done.cause());
            }
        });
        return outcome.future();
    }

    private Future<Void> giveUp() {
        underWay.forEach(outcome -> outcome.tryFail(ApiException.of(
                ErrorType.UNAVAILABLE,
                "the service is stopping; it may still be going on: look before you ask again")));
        return Future.succeededFuture();
    }

    private static ObjectNode runtime(byte[] body) {
        ObjectNode payload = Json.object();
        if (body.length > 0) {
            JsonNode runtime = Json.body(body).path("runtime");
            if (runtime.isTextual()) {
                payload.put("runtime", checked(runtime.asText()));
            } else if (!runtime.isMissingNode() && !runtime.isNull()) {
                throw badRuntime();
            }
        }
        return payload;
    }

    private static String checked(String runtime) {
        if (!RUNTIME.matcher(runtime).matches()) {
            throw badRuntime();
        }
        return runtime;
    }

    private static ApiException badRuntime() {
        return ApiException.of(
                ErrorType.BAD_REQUEST, "a runtime is a text of 1 to 64 of the characters A-Z a-z 0-9 . _ -");
    }
}
