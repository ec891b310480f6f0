using System.Diagnostics;
using System.Text;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>A stdio server with nothing in front of it: what no bridge can exceed.</summary>
internal sealed class BarePipe : IDisposable
{
    private readonly Process _process;

    public BarePipe(IReadOnlyList<string> command)
    {
        _process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.BeginErrorReadLine();
        Write("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""");
        ReadAnswers(new byte[64 * 1024], 1);
        Write("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
    }

    /// <summary>What the server has taken of the processor since its start.</summary>
    public TimeSpan ServerProcessorTime => ProcessFigures.ProcessorTime(_process.Id);

    /// <summary>Calls for a while with so many requests under way all the time.</summary>
    /// <returns>Calls a second.</returns>
    public double Measure(int callers, TimeSpan time)
    {
        var (id, calls, buffer, began) = (1, 0, new byte[64 * 1024], Stopwatch.GetTimestamp());
        for (; id <= callers; id++)
        {
            Write(BridgeBenchmark.Call(id));
        }

        while (Stopwatch.GetElapsedTime(began) < time)
        {
            var answers = ReadAnswers(buffer, 1);
            calls += answers;
            for (var i = 0; i < answers; i++)
            {
                Write(BridgeBenchmark.Call(id++));
            }
        }

        var perSecond = calls / Stopwatch.GetElapsedTime(began).TotalSeconds;
        ReadAnswers(buffer, callers);
        return perSecond;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Write(string message)
    {
        _process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(message + "\n"));
        _process.StandardInput.BaseStream.Flush();
    }

    private int ReadAnswers(byte[] buffer, int wanted)
    {
        var answers = 0;
        while (answers < wanted)
        {
            var count = _process.StandardOutput.BaseStream.Read(buffer);
            answers += count > 0 ? buffer.AsSpan(0, count).Count((byte)'\n') : throw new IOException("the server has ended");
        }

        return answers;
    }
}
