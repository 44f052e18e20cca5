package com.busdk.workers.upcloud;

import com.busdk.client.event.Envelope;
import com.busdk.client.worker.Reply;
import com.busdk.workers.upcloud.options.UpCloudOptions;
import com.busdk.workers.upcloud.vm.StaticVm;
import com.busdk.workers.upcloud.vm.VmHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

/** {@code --self-test}: the static provider from its options to its answers, in memory. For one use; any thread. */
final class SelfTest {
    private final VmHandler handler = new VmHandler(new StaticVm());
    private final Vertx vertx;

    SelfTest(Vertx vertx) {
        this.vertx = vertx;
    }

    Future<String> run() {
        UpCloudOptions options = UpCloudOptions.read(Map.of("vm-name", "self-test"), Map.of());
        return UpCloudWorkerKind.checkVmStatus(vertx, options)
                .compose(status -> expect("\"ready\"", status))
                .compose(ignored -> ask("stop", "\"accepted\":true"))
                .compose(ignored -> ask("status", "\"stopped\""))
                .compose(ignored -> ask("start", "\"accepted\":true"))
                .compose(ignored -> ask("status", "\"ready\""))
                .map("OK upcloud: options, static VM status, start and stop");
    }

    private Future<Void> ask(String verb, String expected) {
        Envelope request =
                Envelope.builder("bus.vm." + verb + ".request").payload("{}").build();
        return handler.handle(request).map(Reply::payload).compose(payload -> expect(expected, payload));
    }

    private static Future<Void> expect(String part, String text) {
        return text.contains(part)
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException("the self-test got " + text + " without " + part));
    }
}
