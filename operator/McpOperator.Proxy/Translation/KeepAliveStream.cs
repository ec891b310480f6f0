using System.Runtime.CompilerServices;

namespace McpOperator.Proxy.Translation;

/// <summary>Puts signs of life into a silent stream.</summary>
internal static class KeepAliveStream
{
    /// <summary>The stream, with an empty message whenever nothing has come for a while.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> WithKeepAlive(
        this IAsyncEnumerable<ReadOnlyMemory<byte>> messages, TimeSpan every, TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var source = messages.GetAsyncEnumerator(ct);
        var next = source.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (!await ComesAsync(next, every, time, ct))
                {
                    yield return default;
                    continue;
                }

                if (!await next)
                {
                    yield break;
                }

                yield return source.Current;
                next = source.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator must not be disposed while it moves; the token has ended it, or the reader has gone and it will be.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether something comes before it is time for a sign of life.</summary>
    private static async Task<bool> ComesAsync(Task next, TimeSpan every, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await next.WaitAsync(every, time, ct);
            return true;
        }
        catch (TimeoutException) when (!next.IsFaulted)
        {
            return false;
        }
    }
}
