package com.busdk.gateway.auth;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.function.Function;

/**
 * Has a sender work on an event loop of its own, which no request is served on. A conversation with a mail server, its TLS
 * above all, takes as long as many requests do, and there is one only for who is registered: on a loop of the service,
 * whoever asks there next would be answered later for a known address than for an unknown one.
 *
 * <p>Any thread may call.
 */
final class OwnLoopSender implements OtpSender {
    private final Vertx own;
    private final Context loop;
    private final OtpSender sender;

    private OwnLoopSender(Vertx own, OtpSender sender) {
        this.own = own;
        this.loop = own.getOrCreateContext();
        this.sender = sender;
    }

    /**
     * A sender on its loop.
     *
     * @param maker makes it, with what it runs on
     */
    static OtpSender of(Function<Vertx, OtpSender> maker) {
        Vertx own = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        return new OwnLoopSender(own, maker.apply(own));
    }

    /** Returns as soon as the loop knows of it; the future completes there. */
    @Override
    public Future<Void> send(EmailAddress address, String code) {
        Promise<Void> sent = Promise.promise();
        loop.runOnContext(_ -> Future.succeededFuture()
                .compose(_ -> sender.send(address, code)) // so that what it throws is a failure like any other
                .onComplete(sent));
        return sent.future();
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        loop.runOnContext(_ -> sender.close().eventually(own::close).onComplete(closed));
        return closed.future();
    }
}
