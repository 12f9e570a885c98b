package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"sdks/saying"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// heard is what the client was told since the attempt began.
type heard struct {
	changed, updated atomic.Bool
	progress         chan float64
	logs             chan string
}

type bearer string

func (token bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(request)
}

func open(url, token string, told *heard) (*mcp.ClientSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "gosdk", Version: "1"}, &mcp.ClientOptions{
		CreateMessageHandler: func(_ context.Context, req *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			asked := req.Params.Messages[0].Content.(*mcp.TextContent).Text
			content := &mcp.TextContent{Text: "answer to " + asked}
			return &mcp.CreateMessageResult{Model: "none", Role: "assistant", Content: content}, nil
		},
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { told.changed.Store(true) },
		ResourceUpdatedHandler: func(context.Context, *mcp.ResourceUpdatedNotificationRequest) { told.updated.Store(true) },
		LoggingMessageHandler: func(_ context.Context, req *mcp.LoggingMessageRequest) {
			told.logs <- fmt.Sprint(req.Params.Data)
		},
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			told.progress <- req.Params.Progress
		},
	})
	transport := &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: bearer(token)}}
	return client.Connect(context.Background(), transport, nil)
}

func attempt(url, token string) error {
	told := &heard{progress: make(chan float64, 100), logs: make(chan string, 100)}
	session, err := open(url, token, told)
	if err != nil {
		return err
	}
	ctx := context.Background()
	call := func(name string, args map[string]any, meta mcp.Meta) (*mcp.CallToolResult, error) {
		ctx, cancel := context.WithTimeout(ctx, saying.Patience)
		defer cancel()
		return session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: args, Meta: meta})
	}
	text := func(name string, args map[string]any) (any, error) {
		result, err := call(name, args, nil)
		if err != nil {
			return nil, err
		}
		return result.Content[0].(*mcp.TextContent).Text, nil
	}
	saying.Run(map[string]saying.Attempt{
		"tools":       func(at, _ string) (any, error) { return text(at+"echo", map[string]any{"text": "hi"}) },
		"sampling":    func(at, _ string) (any, error) { return text(at+"sample", nil) },
		"elicitation": func(at, _ string) (any, error) { return text(at+"elicit", nil) },
		"structured": func(at, _ string) (any, error) {
			result, err := call(at+"add", map[string]any{"a": 2, "b": 3}, nil)
			if err != nil {
				return nil, err
			}
			return result.StructuredContent.(map[string]any)["total"], nil
		},
		"errors": func(at, _ string) (any, error) {
			result, err := call(at+"fail", nil, nil)
			if err != nil {
				return nil, err
			}
			return fmt.Sprint(result.IsError, " ", result.Content[0].(*mcp.TextContent).Text), nil
		},
		"progress": func(at, _ string) (any, error) {
			for len(told.progress) > 0 {
				<-told.progress
			}
			if _, err := call(at+"progress", nil, mcp.Meta{"progressToken": at}); err != nil {
				return nil, err
			}
			err := saying.Until("progress", func() bool { return len(told.progress) > 0 })
			if err != nil {
				return nil, err
			}
			return <-told.progress, nil
		},
		"logging": func(at, _ string) (any, error) {
			meta := mcp.Meta{"io.modelcontextprotocol/logLevel": "debug"}
			// Of sessions; the other era has the level in each request.
			session.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: "debug"})
			if _, err := call(at+"log", nil, meta); err != nil {
				return nil, err
			}
			if err := saying.Until("a log", func() bool { return len(told.logs) > 0 }); err != nil {
				return nil, err
			}
			return <-told.logs, nil
		},
		"resources": func(_, note string) (any, error) {
			read, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: note})
			if err != nil {
				return nil, err
			}
			return read.Contents[0].Text, nil
		},
		"subscriptions": func(at, note string) (any, error) {
			told.updated.Store(false)
			go session.Subscribe(ctx, &mcp.SubscribeParams{URI: note})
			return "updated", saying.Until("an update", func() bool {
				text(at+"touch", nil)
				return told.updated.Load()
			})
		},
		"prompts": func(at, _ string) (any, error) {
			params := &mcp.GetPromptParams{Name: at + "greet", Arguments: map[string]string{"name": "Ada"}}
			got, err := session.GetPrompt(ctx, params)
			if err != nil {
				return nil, err
			}
			return got.Messages[0].Content.(*mcp.TextContent).Text, nil
		},
		"listChanged": func(at, _ string) (any, error) {
			told.changed.Store(false)
			if _, err := text(at+"grow", map[string]any{"name": "of_gosdk"}); err != nil {
				return nil, err
			}
			if err := saying.Until("a change", told.changed.Load); err != nil {
				return nil, err
			}
			if err := saying.Until("the tool", func() bool {
				for tool, err := range session.Tools(ctx, nil) {
					if err == nil && tool.Name == at+"of_gosdk" {
						return true
					}
				}
				return false
			}); err != nil {
				return nil, err
			}
			return text(at+"of_gosdk", nil)
		},
	})
	return session.Close()
}
