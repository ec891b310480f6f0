using System.Text;
using McpOperator.Bridge.Framing;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Tests;

public class FramingTests
{
    /// <summary>How many inputs a fuzz test takes.</summary>
    private static readonly int Iterations = int.Parse(Environment.GetEnvironmentVariable("MCP_FUZZ_ITERATIONS") ?? "20000");

    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("MCP_FUZZ_SEED") ?? $"{Environment.TickCount}");

    [Test]
    public async Task Lines_come_out_as_they_went_in_however_they_are_cut()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Iterations / 20; i++)
        {
            var lines = Enumerable.Range(0, random.Next(1, 30)).Select(_ => Line(random)).ToList();
            var bytes = lines.SelectMany(line => line.Append((byte)'\n')).ToArray();
            var (reader, read) = (new LineReader(Source(bytes, random), 1_000_000), new List<byte[]>());
            while (await reader.ReadAsync() is { } line)
            {
                read.Add(line);
            }

            read.Should().HaveSameCount(lines, "seed {0}, round {1}", Seed, i);
            read.Zip(lines).All(pair => pair.First.SequenceEqual(pair.Second)).Should().BeTrue("seed {0}, round {1}", Seed, i);
        }
    }

    [Test]
    public async Task A_line_may_be_as_long_as_the_limit_and_no_longer()
    {
        foreach (var (length, limit) in new[] { (100, 100), (100_000, 100_000), (3_000_000, 3_000_000) })
        {
            (await new LineReader(Source([.. new byte[length], (byte)'\n'], new Random(Seed)), limit).ReadAsync()).Should().HaveCount(length);
            var tooLong = () => new LineReader(Source(new byte[length + 1], new Random(Seed)), limit).ReadAsync().AsTask();
            await tooLong.Should().ThrowAsync<LineTooLongException>();
        }
    }

    [Test]
    public async Task The_last_line_needs_no_end()
    {
        var reader = new LineReader(Source("a\nb"u8.ToArray(), new Random(1)), 10);

        Encoding.ASCII.GetString((await reader.ReadAsync())!).Should().Be("a");
        Encoding.ASCII.GetString((await reader.ReadAsync())!).Should().Be("b");
        (await reader.ReadAsync()).Should().BeNull();
    }

    [Test]
    public void Whatever_a_server_writes_is_read_or_refused_and_what_is_read_is_json()
    {
        var random = new Random(Seed);
        byte[][] seeds =
        [
            """{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"\u00e9 \\ \" \ud83d\ude00"}],"_meta":{"a":1}}}"""u8.ToArray(),
            """{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"abc","progress":1}}"""u8.ToArray(),
            """ {"id":"x","method":"sampling/createMessage","params":{"messages":[]},"jsonrpc":"2.0"} """u8.ToArray(),
            """{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"no"}}"""u8.ToArray(),
        ];
        for (var i = 0; i < Iterations; i++)
        {
            var line = Mutate(random, [.. seeds[random.Next(seeds.Length)]]);
            var text = Encoding.UTF8.GetString(line);
            if (ServerMessage.Read(line) is not { } message)
            {
                continue;
            }

            var because = $"seed {Seed}, round {i}: {text}";
            var read = () => System.Text.Json.JsonDocument.Parse(message.Text).Dispose();
            read.Should().NotThrow(because);
            message.Text.Span.ContainsAny((byte)'\n', (byte)'\r').Should().BeFalse(because);
            (message.Kind == MessageKind.Notification).Should().Be(message.Id.IsEmpty, because);
            if (!message.Id.IsEmpty)
            {
                var spliced = new Spliced(message.Text, message.OffsetOf(message.Id), message.Id.Length, "\"client's\""u8.ToArray()).ToArray();
                ServerMessage.Read(spliced)!.Value.Id.ToArray().Should().Equal("\"client's\""u8.ToArray(), because);
            }
        }
    }

    private static byte[] Line(Random random)
    {
        var line = new byte[random.Next(4) switch { 0 => random.Next(3), 1 => random.Next(100), 2 => random.Next(20_000), _ => random.Next(8185, 8200) }];
        random.NextBytes(line);
        line.AsSpan().Replace((byte)'\n', (byte)'\r');
        return line;
    }

    private static Func<Memory<byte>, ValueTask<int>> Source(byte[] bytes, Random random)
    {
        var at = 0;
        return buffer =>
        {
            var count = Math.Min(Math.Min(buffer.Length, random.Next(1, 20_000)), bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(buffer.Span);
            at += count;
            return new(count);
        };
    }

    private static byte[] Mutate(Random random, byte[] line)
    {
        for (var n = random.Next(4); n > 0 && line.Length > 2; n--)
        {
            var at = random.Next(line.Length);
            line = random.Next(5) switch
            {
                0 => [.. line[..at], .. line[(at + 1)..]],
                1 => [.. line[..at], (byte)random.Next(256), .. line[at..]],
                2 => [.. line[..at], .. "\",\"id\":3,\""u8, .. line[at..]],
                3 => [.. line[..at], .. line[random.Next(at + 1)..at], .. line[at..]],
                _ => [.. line[..at], "{}[]\",:\\\r\t "u8[random.Next(11)], .. line[(at + 1)..]],
            };
        }

        return [.. line.Where(b => b != '\n')];
    }
}
