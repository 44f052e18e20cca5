package com.busdk.cli.bench.peers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The other end of a conversation, without a network: what it says is text, and what is said to it is given as text. */
final class Wire implements Follower {
    private final EmbeddedChannel channel;
    private final List<Integer> acknowledged = new ArrayList<>();
    private int delivered;

    /** Connects. */
    Wire(Conversation conversation) {
        conversation.follow(this);
        channel = new EmbeddedChannel(conversation);
    }

    /** What the conversation has said since the last time. */
    String heard() {
        var text = new StringBuilder();
        channel.flush();
        for (ByteBuf said = channel.readOutbound(); said != null; said = channel.readOutbound()) {
            text.append(said.toString(StandardCharsets.ISO_8859_1));
            said.release();
        }
        return text.toString();
    }

    /** Says something to it, in one piece. */
    void say(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    /** Says something to it, a byte at a time. */
    void saySlowly(String text) {
        text.chars().forEach(c -> say(String.valueOf((char) c)));
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    List<Integer> acknowledged() {
        return acknowledged;
    }

    int delivered() {
        return delivered;
    }

    @Override
    public void acknowledged(int count) {
        acknowledged.add(count);
    }

    @Override
    public void delivered(int count, int bytes) {
        delivered += count;
    }

    /** What went wrong; everything here happens on the caller's thread, so it has by now. */
    static String failure(Conversation conversation) {
        if (!conversation.failure().isCompletedExceptionally()) {
            throw new AssertionError("it did not fail");
        }
        return String.valueOf(conversation.failure().exceptionNow().getMessage());
    }
}
