package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"sdks/saying"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// heard is what the client was told since the attempt began.
type heard struct {
	changed, updated atomic.Bool
	progress         chan any
	logs             chan string
}

type answers struct{}

func (answers) CreateMessage(_ context.Context, req mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
	asked := mcp.GetTextFromContent(req.Messages[0].Content)
	content := mcp.NewTextContent("answer to " + asked)
	message := mcp.SamplingMessage{Role: mcp.RoleAssistant, Content: content}
	return &mcp.CreateMessageResult{SamplingMessage: message, Model: "none"}, nil
}

func (answers) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	content := map[string]any{"name": "Ada"}
	response := mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: content}
	return &mcp.ElicitationResult{ElicitationResponse: response}, nil
}

func (told *heard) hear(notification mcp.JSONRPCNotification) {
	fields := notification.Params.AdditionalFields
	switch notification.Method {
	case "notifications/tools/list_changed":
		told.changed.Store(true)
	case "notifications/resources/updated":
		told.updated.Store(true)
	case "notifications/progress":
		told.progress <- fields["progress"]
	case "notifications/message":
		told.logs <- fmt.Sprint(fields["data"])
	}
}

// open: with the stream of its session, so in sessions.
func open(ctx context.Context, url, token string, told *heard) (*client.Client, error) {
	headers := map[string]string{"Authorization": "Bearer " + token}
	wire, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(headers), transport.WithContinuousListening())
	if err != nil {
		return nil, err
	}
	opened := client.NewClient(wire, client.WithSamplingHandler(answers{}), client.WithElicitationHandler(answers{}))
	if err := opened.Start(ctx); err != nil {
		return nil, err
	}
	opened.OnNotification(told.hear)
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2025-11-25"
	hello.Params.ClientInfo = mcp.Implementation{Name: "mcpgo", Version: "1"}
	_, err = opened.Initialize(ctx, hello)
	return opened, err
}

func attempt(url, token string) error {
	ctx := context.Background()
	told := &heard{progress: make(chan any, 100), logs: make(chan string, 100)}
	session, err := open(ctx, url, token, told)
	if err != nil {
		return err
	}
	call := func(name string, args map[string]any, meta *mcp.Meta) (*mcp.CallToolResult, error) {
		ctx, cancel := context.WithTimeout(ctx, saying.Patience)
		defer cancel()
		var req mcp.CallToolRequest
		req.Params.Name, req.Params.Arguments, req.Params.Meta = name, args, meta
		return session.CallTool(ctx, req)
	}
	text := func(name string, args map[string]any) (any, error) {
		result, err := call(name, args, nil)
		if err != nil {
			return nil, err
		}
		return mcp.GetTextFromContent(result.Content[0]), nil
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
			var sum total
			text, err := json.Marshal(result.StructuredContent)
			if err == nil {
				err = json.Unmarshal(text, &sum)
			}
			return sum.Total, err
		},
		"errors": func(at, _ string) (any, error) {
			result, err := call(at+"fail", nil, nil)
			if err != nil {
				return nil, err
			}
			return fmt.Sprint(result.IsError, " ", mcp.GetTextFromContent(result.Content[0])), nil
		},
		"progress": func(at, _ string) (any, error) {
			for len(told.progress) > 0 {
				<-told.progress
			}
			if _, err := call(at+"progress", nil, &mcp.Meta{ProgressToken: at}); err != nil {
				return nil, err
			}
			err := saying.Until("progress", func() bool { return len(told.progress) > 0 })
			if err != nil {
				return nil, err
			}
			return <-told.progress, nil
		},
		"logging": func(at, _ string) (any, error) {
			var level mcp.SetLevelRequest
			level.Params.Level = mcp.LoggingLevelDebug
			if err := session.SetLevel(ctx, level); err != nil {
				return nil, err
			}
			if _, err := text(at+"log", nil); err != nil {
				return nil, err
			}
			if err := saying.Until("a log", func() bool { return len(told.logs) > 0 }); err != nil {
				return nil, err
			}
			return <-told.logs, nil
		},
		"resources": func(_, note string) (any, error) {
			var req mcp.ReadResourceRequest
			req.Params.URI = note
			read, err := session.ReadResource(ctx, req)
			if err != nil {
				return nil, err
			}
			return read.Contents[0].(mcp.TextResourceContents).Text, nil
		},
		"prompts": func(at, _ string) (any, error) {
			var req mcp.GetPromptRequest
			req.Params.Name, req.Params.Arguments = at+"greet", map[string]string{"name": "Ada"}
			got, err := session.GetPrompt(ctx, req)
			if err != nil {
				return nil, err
			}
			return mcp.GetTextFromContent(got.Messages[0].Content), nil
		},
		"listChanged": func(at, _ string) (any, error) {
			told.changed.Store(false)
			if _, err := text(at+"grow", map[string]any{"name": "of_mcpgo"}); err != nil {
				return nil, err
			}
			if err := saying.Until("a change", told.changed.Load); err != nil {
				return nil, err
			}
			if err := saying.Until("the tool", func() bool { return lists(ctx, session, at+"of_mcpgo") }); err != nil {
				return nil, err
			}
			return text(at+"of_mcpgo", nil)
		},
	})
	return session.Close()
}

func lists(ctx context.Context, session *client.Client, name string) bool {
	listed, err := session.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return false
	}
	for _, tool := range listed.Tools {
		if tool.Name == name {
			return true
		}
	}
	return false
}
