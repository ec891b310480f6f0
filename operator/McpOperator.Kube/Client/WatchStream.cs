using System.Runtime.CompilerServices;
using System.Text.Json;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>Reads the events of one watch request.</summary>
internal sealed class WatchStream<T>(
    KubernetesTransport transport, ApiRequest request, TimeSpan limit, ItemDecoder<T> decode, TimeProvider time)
{
    /// <summary>All events until the API server ends the watch, which it does quietly. An error event becomes an exception.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        // The API server ends the watch itself; this guard is for one that forgets to.
        using var guard = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, guard.Token);
        using var response = await GuardAsync(() => transport.OpenAsync(request, both.Token), guard, ct);
        await using var body = await GuardAsync(() => response.Content.ReadAsStreamAsync(both.Token), guard, ct);
        using var lines = new LineReader(body);
        while (await GuardAsync(() => lines.ReadAsync(both.Token).AsTask(), guard, ct) is { } line)
        {
            if (!line.IsEmpty)
            {
                yield return Parse(line.Span);
            }
        }
    }

    private async Task<TResult> GuardAsync<TResult>(Func<Task<TResult>> read, CancellationTokenSource guard, CancellationToken ct)
    {
        try
        {
            return await read();
        }
        catch (OperationCanceledException) when (guard.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new KubernetesConnectionException($"{request}: the API server did not end the watch in {limit.TotalSeconds:0} s", null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not KubernetesConnectionException)
        {
            throw new KubernetesConnectionException($"{request}: {e.Message}", e);
        }
    }

    private WatchEvent<T> Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var (type, item) = Split(line);
            if (type is null)
            {
                var status = KubernetesJson.Deserialize<V1Status>(item);
                throw new KubernetesException(status.Code ?? 500, status, request.ToString());
            }

            var header = ObjectHeader.Read(item);
            return new(type.Value, header, type == WatchEventType.Bookmark ? default : decode(header, item));
        }
        catch (JsonException e)
        {
            throw new KubernetesConnectionException($"{request}: an event is no Kubernetes JSON: {e.Message}", e);
        }
    }

    /// <summary>Finds type and object; the type is null for an error.</summary>
    private static EventParts Split(ReadOnlySpan<byte> line)
    {
        WatchEventType? type = null;
        ReadOnlySpan<byte> item = default;
        var reader = new Utf8JsonReader(line, JsonDepth.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = ReadType(ref reader);
            }
            else
            {
                var isObject = reader.ValueTextEquals("object"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                item = isObject ? line[start..(int)reader.BytesConsumed] : item;
            }
        }

        return new(type, item);
    }

    private static WatchEventType? ReadType(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("ADDED"u8) ? WatchEventType.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? WatchEventType.Modified
        : reader.ValueTextEquals("DELETED"u8) ? WatchEventType.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? WatchEventType.Bookmark
        : null;

    private readonly ref struct EventParts(WatchEventType? type, ReadOnlySpan<byte> item)
    {
        private readonly WatchEventType? _type = type;
        private readonly ReadOnlySpan<byte> _item = item;

        public void Deconstruct(out WatchEventType? type, out ReadOnlySpan<byte> item)
        {
            type = _type;
            item = _item;
        }
    }
}
