using System.Buffers;

namespace McpOperator.Kube;

/// <summary>A whole answer in a rented buffer.</summary>
internal sealed class PooledBody : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(8 * 1024);
    private int _length;

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    public static async ValueTask<PooledBody> ReadAsync(Stream stream, CancellationToken ct)
    {
        var body = new PooledBody();
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(body._buffer.AsMemory(body._length), ct);
                if (read == 0)
                {
                    return body;
                }

                body._length += read;
                body.GrowWhenFull();
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void GrowWhenFull()
    {
        if (_length < _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
