using System.Buffers;
using System.Text;

namespace McpOperator.Protocol.Tests;

public sealed class SseReaderTests
{
    private const string Stream = "id: 1\ndata: \n\nevent: message\r\ndata: {\"a\":1}\r\n\r\n: comment\n\ndata:x\ndata: y\rdata\r\rretry: 5\nid\nevent:\ndata:  two\n\n\n";

    [Test]
    public void Reads_fields_as_the_standard_has_them()
    {
        var events = Read(Stream, 1000);
        events.Select(e => (e.Type, e.Id, e.HasData, e.Data)).Should().Equal(
            ("message", "1", true, ""),
            ("message", null, true, "{\"a\":1}"),
            ("message", null, false, ""),
            ("message", null, true, "x\ny\n"),
            ("message", "", true, " two"),
            ("message", null, false, ""));
    }

    [Test]
    public void Cut_anywhere_the_stream_reads_the_same_and_its_raw_bytes_repeat_it()
    {
        var whole = Read(Stream, 1000);
        for (var size = 1; size < Stream.Length; size++)
        {
            var cut = Read(Stream, size);
            cut.Select(e => (e.Type, e.Id, e.HasData, e.Data)).Should().Equal(whole.Select(e => (e.Type, e.Id, e.HasData, e.Data)), $"in pieces of {size}");
            string.Concat(cut.Select(e => e.Raw)).TrimEnd('\n').Should().Be(Stream.TrimEnd('\n'));
        }
    }

    [Test]
    public void Ignores_the_byte_order_mark_at_the_beginning_only() =>
        Read("\uFEFFdata: a\n\n\uFEFFdata: b\n\n", 3).Select(e => (e.HasData, e.Data)).Should().Equal((true, "a"), (false, ""));

    [Test]
    public void Keeps_what_has_not_ended()
    {
        var reader = new SseReader(1000);
        reader.Append("data: a\n\ndata: b\n"u8);
        reader.Read()!.Data.Span.SequenceEqual("a"u8).Should().BeTrue();
        reader.Read().Should().BeNull();
        Encoding.UTF8.GetString(reader.Rest.Span).Should().Be("data: b\n");
    }

    [Test]
    public void Refuses_an_event_without_end()
    {
        var reader = new SseReader(100);
        var endless = () =>
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                reader.Append("data: "u8);
                reader.Read();
            }
        };
        endless.Should().Throw<FormatException>().WithMessage("*100 bytes*");
    }

    [Test]
    public void What_the_writer_writes_the_reader_reads()
    {
        var buffer = new ArrayBufferWriter<byte>();
        SseWriter.Write(buffer, "a\nb\r\nc\r"u8, "endpoint", "7");
        var read = Read(Encoding.UTF8.GetString(buffer.WrittenSpan), 5).Should().ContainSingle().Subject;
        (read.Type, read.Id, read.Data).Should().Be(("endpoint", "7", "a\nb\nc\n"));
        var smuggle = () => SseWriter.Write(buffer, "x"u8, id: "1\ndata: y");
        smuggle.Should().Throw<ArgumentException>();
    }

    private static List<(string Type, string? Id, bool HasData, string Data, string Raw)> Read(string text, int size)
    {
        var reader = new SseReader(1 << 20);
        var events = new List<(string, string?, bool, string, string)>();
        foreach (var chunk in Encoding.UTF8.GetBytes(text).Chunk(size))
        {
            reader.Append(chunk);
            while (reader.Read() is { } e)
            {
                events.Add((e.Type, e.Id, e.HasData, Encoding.UTF8.GetString(e.Data.Span), Encoding.UTF8.GetString(e.Raw.Span)));
            }
        }

        return events;
    }
}
