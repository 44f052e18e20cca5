package com.busdk.cli.bench;

import com.busdk.cli.command.CliException;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A worker of the load: answers each request that its group gives it with a response event at once, all that have come
 * together in one publish. Lives on the loop that its connections share.
 */
final class Replier implements Answer {
    private static final byte[] CORRELATION_MARK = Requests.ascii("\"correlationId\":\"");

    private final Target target;
    private final Completion opened;
    private final List<HttpConnection> idle;
    private final byte[] start;
    private final byte[] end;
    private final LineAssembler lines = new LineAssembler(this::line);
    private final ByteArrayOutputStream replies = new ByteArrayOutputStream();

    /**
     * A worker.
     *
     * @param connections to publish over
     * @param responseName name of the responses
     */
    Replier(Target target, List<HttpConnection> connections, String responseName, Completion opened) {
        this.target = target;
        this.idle = new ArrayList<>(connections);
        this.opened = opened;
        this.start =
                Requests.ascii("{\"name\":\"" + responseName + "\",\"payload\":{\"ok\":true},\"correlationId\":\"");
        this.end = Requests.ascii("\"}\n");
    }

    @Override
    public void begun() {
        opened.partDone();
    }

    @Override
    public void data(ByteBuf buffer, int from, int length) {
        lines.add(buffer, from, length);
    }

    private void line(byte[] bytes, int from, int to) {
        int at = Bytes.indexOf(bytes, from, to, CORRELATION_MARK);
        if (at < 0) {
            throw Trouble.wrong("the service delivered a request without a correlation id");
        }
        int id = at + CORRELATION_MARK.length;
        replies.writeBytes(start);
        replies.write(bytes, id, Bytes.indexOf(bytes, id, to, '"') - id);
        replies.writeBytes(end);
    }

    @Override
    public void pause() {
        if (replies.size() > 0 && !idle.isEmpty()) {
            HttpConnection connection = idle.removeLast();
            byte[] body = replies.toByteArray();
            replies.reset();
            connection.send(Requests.post(target, "", Requests.NDJSON, body), new Published(connection));
        }
    }

    @Override
    public void done() {
        opened.fail(Trouble.wrong("the service ended a stream that should go on"));
    }

    @Override
    public void failed(CliException failure) {
        opened.fail(failure);
    }

    /** The answer to a publish of responses. */
    private final class Published implements Answer {
        private final HttpConnection connection;

        Published(HttpConnection connection) {
            this.connection = connection;
        }

        @Override
        public void done() {
            idle.add(connection);
            Replier.this.pause();
        }

        @Override
        public void failed(CliException failure) {
            opened.fail(failure);
        }
    }
}
