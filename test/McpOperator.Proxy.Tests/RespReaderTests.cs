using System.IO.Pipelines;
using System.Text;
using McpOperator.Proxy.Redis;

namespace McpOperator.Proxy.Tests;

public sealed class RespReaderTests
{
    [Test]
    public async Task Replies_are_read_however_they_are_cut()
    {
        const string stream = "+OK\r\n:-7\r\n$5\r\nä\r\nb\r\n$-1\r\n*3\r\n:1\r\n*1\r\n+x\r\n$0\r\n\r\n*-1\r\n-NOPERM none\r\n";
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var pipe = new Pipe();
            var reader = new RespReader(pipe.Reader);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            var reading = ReadAllAsync(reader);
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            var all = await reading.WaitAsync(TimeSpan.FromSeconds(5));
            all.Should().HaveCount(7);
            all[0].Should().Be(new RespValue(RespKind.Text, "OK"));
            all[1].Integer.Should().Be(-7);
            all[2].Text.Should().Be("ä\r\nb");
            all[3].Should().Be(RespValue.Null);
            all[4].Items![1].Items![0].Text.Should().Be("x");
            all[4].Items![2].Text.Should().BeEmpty();
            all[5].Should().Be(RespValue.Null);
            all[6].Should().Be(new RespValue(RespKind.Error, "NOPERM none"));
        }
    }

    [TestCase("HTTP/1.1 400 Bad Request\r\n", "no reply")]
    [TestCase("\r\n", "no reply")]
    [TestCase(":1x\r\n", "no number")]
    [TestCase("$99999999\r\n", "no number")]
    [TestCase("*65\r\n", "no number")]
    [TestCase("$2\r\nabcd", "does not end where it says")]
    [TestCase("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "too deep")]
    [TestCase(":1", "ends within a reply")]
    public async Task What_is_no_reply_ends_the_connection(string text, string why)
    {
        var reader = new RespReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))));
        (await FluentActions.Awaiting(() => ReadAllAsync(reader)).Should().ThrowAsync<RedisException>()).WithMessage($"*{why}*");
    }

    [Test]
    public async Task A_line_without_an_end_is_not_kept()
    {
        var reader = new RespReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes("+" + new string('x', 100_000)))));
        (await FluentActions.Awaiting(() => ReadAllAsync(reader)).Should().ThrowAsync<RedisException>()).WithMessage("*too long*");
    }

    private static async Task<List<RespValue>> ReadAllAsync(RespReader reader)
    {
        var all = new List<RespValue>();
        while (await reader.ReadAsync(CancellationToken.None) is { } value)
        {
            all.Add(value);
        }

        return all;
    }
}
