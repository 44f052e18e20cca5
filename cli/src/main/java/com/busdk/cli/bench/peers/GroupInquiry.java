package com.busdk.cli.bench.peers;

import com.busdk.cli.bench.Requests;
import com.busdk.cli.bench.Target;
import io.netty.buffer.ByteBuf;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Asks the service again and again where the group of a name stands. Lives on its loop; asked on the thread of the command. */
final class GroupInquiry extends HttpConversation {
    private final Target target;
    private final String name;
    private final StringBuilder text = new StringBuilder();
    private @Nullable CompletableFuture<JsonObject> asked;

    GroupInquiry(Target target, String name) {
        this.target = target;
        this.name = name;
    }

    /** What the service says of the group; an empty object where there is none. One question at a time. */
    CompletableFuture<JsonObject> ask() {
        var answer = new CompletableFuture<JsonObject>();
        loop().execute(() -> {
            asked = answer;
            send(Requests.get(target, "/groups?name=" + name, Requests.JSON));
        });
        return answer;
    }

    /** How many events the group has not done: behind it in the log, waiting, or out; -1 where there is no group. */
    static long left(JsonObject group) {
        return group.isEmpty()
                ? -1
                : group.getLong("lag", 0L) + group.getLong("waiting", 0L) + group.getLong("in_flight", 0L);
    }

    @Override
    void begin() {
        accept();
    }

    @Override
    void body(ByteBuf buffer, int from, int length) {
        text.append(buffer.toString(from, length, StandardCharsets.UTF_8));
    }

    @Override
    void answered() {
        JsonArray groups = new JsonObject(text.toString()).getJsonArray("groups", new JsonArray());
        text.setLength(0);
        CompletableFuture<JsonObject> answer = asked;
        asked = null;
        if (answer != null) {
            answer.complete(groups.isEmpty() ? new JsonObject() : groups.getJsonObject(0));
        }
    }
}
