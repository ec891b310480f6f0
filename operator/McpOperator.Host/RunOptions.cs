namespace McpOperator.Host;

/// <summary>How the operator runs; each has a flag of <c>mcp-operator run</c>.</summary>
internal sealed record RunOptions
{
    /// <summary>The operator's configuration file; without one the shipped defaults hold.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The kubeconfig file; without one the pod's own account, else the usual places.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The kubeconfig's context.</summary>
    public string? Context { get; init; }

    /// <summary>The only namespace to look after; nothing for all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Where the lease lies.</summary>
    public required string LeaseNamespace { get; init; }

    /// <summary>Whether to wait for the lease before working.</summary>
    public bool LeaderElection { get; init; }

    /// <summary>How long a leader that fell silent is waited for.</summary>
    public TimeSpan LeaseDuration { get; init; }

    /// <summary>Servers reconciled at the same time.</summary>
    public int Workers { get; init; }

    /// <summary>Where <c>/healthz</c> and <c>/readyz</c> are served.</summary>
    public required string HealthAddress { get; init; }

    /// <summary>Where <c>/metrics</c> is served.</summary>
    public required string MetricsAddress { get; init; }

    /// <summary>Where the webhooks are served; nothing for no webhooks.</summary>
    public string? WebhookAddress { get; init; }

    /// <summary>Where API servers reach the webhooks when there is no Service.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>The webhooks' certificate, if others look after it.</summary>
    public string? WebhookCertificates { get; init; }

    /// <summary>The Service that leads to the webhooks, and the Secret with their certificates.</summary>
    public required string WebhookService { get; init; }

    /// <summary>The least grave level that is logged.</summary>
    public Serilog.Events.LogEventLevel LogLevel { get; init; }

    /// <summary>Whether log lines are JSON.</summary>
    public bool LogJson { get; init; }
}
