using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>
/// The policy in force. A request takes it once and keeps it to its end; a new one counts from the next request on. One that cannot be
/// used never replaces one that could.
/// </summary>
internal sealed class PolicyStore(string ns, TimeProvider time, ILogger<PolicyStore> log)
{
    private readonly Lock _lock = new();
    private volatile PolicySnapshot? _current;
    private string _rejected = "";

    /// <summary>The policy in force; nothing before the first good one.</summary>
    public PolicySnapshot? Current => _current;

    /// <summary>Why the last policy that was offered is not in force; nothing when it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>A policy came into force.</summary>
    public event Action<PolicySnapshot>? Applied;

    /// <summary>A policy was read: whether it could be used.</summary>
    public event Action<bool>? Read;

    /// <summary>Puts a policy into force, if it can be used.</summary>
    /// <param name="text">The document.</param>
    /// <param name="source">Where it was read, for people.</param>
    public void Offer(string text, string source)
    {
        PolicySnapshot snapshot;
        lock (_lock)
        {
            var revision = RevisionOf(text);
            if (revision == _current?.Revision || revision == _rejected)
            {
                return;
            }

            try
            {
                snapshot = new(new PolicyTable(Parse(text)), revision, source, time.GetUtcNow());
            }
            catch (Exception e) when (e is JsonException or FormatException or ArgumentException or NullReferenceException)
            {
                (_rejected, Problem) = (revision, $"{source}: {e.Message}");
                log.LogError("The policy from {Source} cannot be used, and {Consequence}: {Problem}", source, _current is null ? "there is none" : "the one before stays in force", e.Message);
                Read?.Invoke(false);
                return;
            }

            (_current, _rejected, Problem) = (snapshot, "", null);
        }

        log.LogInformation("Policy {Revision} is in force, from {Source}", snapshot.Revision, source);
        Read?.Invoke(true);
        Applied?.Invoke(snapshot);
    }

    private PolicyDocument Parse(string text)
    {
        var document = JsonSerializer.Deserialize(text, PolicyJson.Default.PolicyDocument) ?? throw new FormatException("it is null");
        if (document.Schema != PolicyDocument.CurrentSchema)
        {
            throw new FormatException($"its schema is '{document.Schema}', and this proxy knows '{PolicyDocument.CurrentSchema}'");
        }

        return document.Server.Namespace == ns
            ? document
            : throw new FormatException($"it is of namespace '{document.Server.Namespace}', and this proxy stands in '{ns}'");
    }

    /// <summary>As <see cref="CompiledPolicy.Revision"/> has it.</summary>
    private static string RevisionOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
